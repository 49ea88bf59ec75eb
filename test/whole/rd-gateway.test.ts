import { beforeAll, describe, expect, it } from 'vitest';

import { ScriptedHomeServer, type AskedPacket } from '../support/home-server.ts';
import type { Nas } from '../support/nas.ts';
import { DEVICE_REDIRECTION, gatewayAttributes, microsoft, type GatewayLogin } from '../support/rd-gateway.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { withStoreOf } from '../support/store.ts';
import { APP, givePhone, promptOn, publicConsole } from './second-doors.ts';
import { enrolAll, openNas, readReply, valuesOf, type Reply } from './visitor.ts';

const CLASS = 25;
const VENDOR_SPECIFIC = 26;
const PROXY_STATE = 33;
const ONLY_DRIVES = microsoft(DEVICE_REDIRECTION, Buffer.from([0, 0, 0, 1]));

const NO_PRINTERS = microsoft(DEVICE_REDIRECTION, Buffer.from([0, 0, 0, 2]));

const rdg = { profile: 'rd-gateway', policy: 'taps', stripDomain: ['CORP', 'corp.example.com'] };
const clients = {
  rdg: { ...rdg, primary: 'gateway' },
  impatient: { ...rdg, primary: 'gateway', timeoutSeconds: 2 },
  asking: { ...rdg, primary: 'local' },
  behind: { ...rdg, primary: 'nps' },
  looping: { ...rdg, primary: 'loop' },
  enrolling: { ...rdg, primary: 'nps', policy: 'enrolling' },
} as const;
type ClientName = keyof typeof clients;
const names = Object.keys(clients) as ClientName[];
const addressOf = (name: ClientName): string => `127.0.0.${names.indexOf(name) + 1}`;

describe('behind an RD Gateway', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let nps: ScriptedHomeServer;
  let loop: ScriptedHomeServer;

  beforeAll(async () => {
    nps = await keep(
      ScriptedHomeServer.start((packet) =>
        packet.accept([
          [CLASS, Buffer.from('staff')],
          [VENDOR_SPECIFIC, ONLY_DRIVES],
        ]),
      ),
    );
    loop = await keep(ScriptedHomeServer.start(() => undefined));
    const primary = ({ address, port, secret }: ScriptedHomeServer) => ({
      ...{ type: 'radius', timeoutSeconds: 5, attempts: 1 },
      servers: [{ address, port, secret }],
    });
    gate = await keep(
      startSallyport({
        clients: names.map((name) => clientSection(name, addressOf(name), clients[name])),
        primaries: { gateway: { type: 'none' }, nps: primary(nps), loop: primary(loop) },
        sections: {
          policies: {
            default: { factors: ['totp'] },
            taps: {
              factors: ['totp', 'push'],
              reply: [
                { when: { group: 'contractors' }, attributes: { 'MS-RDG-Device-Redirection': 'Disable-Printers' } },
              ],
            },
            enrolling: { factors: ['push'], unenrolled: 'enrol' },
          },
          factors: { push: { app: APP } },
          console: await publicConsole(),
        },
      }),
    );
  });

  const nasOf = async (name: ClientName): Promise<Nas> => {
    const nas = await openNas(gate, { from: addressOf(name) });
    await keep(Promise.resolve({ stop: () => nas.close() }));
    return nas;
  };
  const ask = async (nas: Nas, login: GatewayLogin): Promise<Reply> =>
    readReply(await nas.ask({ attributes: gatewayAttributes(login) }));
  const lastEvent = async (user: string) => (await gate.events(user))[0];

  /** Somebody with a TOTP token and a phone. */
  async function userWithPhone(user: string) {
    await enrolAll(gate, user);
    return givePhone(gate, user);
  }

  it('a push is the second door, and repetitions of the request from any port neither push nor answer again', async () => {
    const phone = await userWithPhone('ada');
    const [nas, other] = [await nasOf('rdg'), await nasOf('rdg')];
    const request = nas.encode({ attributes: gatewayAttributes({ user: 'CORP\\ada' }) });
    nas.send(request);
    const prompt = await promptOn(phone);
    expect(prompt.body).toBe('ada logs in at rdg.');
    nas.send(request);
    other.send(request);
    expect(await nas.isSilentAbout(request)).toBe(true);
    expect(await phone.prompts()).toHaveLength(1);
    await phone.answer(prompt, { kind: 'approved' });
    const reply = await nas.nextReply();
    expect(readReply(nas.verify(request, reply))).toMatchObject({ code: 'Access-Accept' });
    expect(valuesOf(readReply(nas.verify(request, reply)), PROXY_STATE)).toEqual([Buffer.from('nps-1')]);
    expect(readReply(other.verify(request, await other.nextReply())).code).toBe('Access-Accept');
    nas.send(request);
    expect(await nas.nextReply()).toEqual(reply);
    expect((await gate.events('CORP\\ada')).map(({ reason }) => reason)).toEqual(['both-doors', 'both-doors']);
    expect((await lastEvent('CORP\\ada'))?.userAddress).toBeUndefined();
  });

  it('a push that is denied, or not answered in time, is a Reject', async () => {
    const phone = await userWithPhone('bob');
    const held = ask(await nasOf('rdg'), { user: 'bob@corp.example.com', by: 'CA' });
    await phone.answer(await promptOn(phone), { kind: 'denied' });
    expect((await held).code).toBe('Access-Reject');
    expect(await lastEvent('bob@corp.example.com')).toMatchObject({ reason: 'approval-denied' });
    expect((await ask(await nasOf('impatient'), { user: 'CORP\\bob' })).code).toBe('Access-Reject');
    expect(await lastEvent('CORP\\bob')).toMatchObject({ reason: 'approval-timeout' });
  });

  it('an approval lets in who was asked for, and nobody who asks at the same moment in the name of the same machine', async () => {
    const phone = await userWithPhone('cat');
    const [nas, other] = [await nasOf('rdg'), await nasOf('rdg')];
    const login = { user: 'CORP\\cat', machine: 'LAPTOP-CAT' };
    const held = ask(nas, login);
    const first = await promptOn(phone);
    const stranger = ask(other, login);
    const second = await nextPrompt(phone, first.name);
    await phone.answer(first, { kind: 'approved' });
    expect((await held).code).toBe('Access-Accept');
    await phone.answer(second, { kind: 'denied' });
    expect((await stranger).code).toBe('Access-Reject');
  });

  it('nobody is asked for a passcode, and who has nothing else is refused', async () => {
    await enrolAll(gate, 'dan');
    expect((await ask(await nasOf('rdg'), { user: 'CORP\\dan' })).code).toBe('Access-Reject');
    expect(await lastEvent('CORP\\dan')).toMatchObject({ reason: 'approval-only' });
  });

  it('nobody enrols: who has no second factor is refused', async () => {
    await withStoreOf(gate.folder, ({ users }) => users.addUser('eve', {}));
    expect((await ask(await nasOf('enrolling'), { user: 'CORP\\eve' })).code).toBe('Access-Reject');
    expect(await lastEvent('CORP\\eve')).toMatchObject({ reason: 'unenrolled' });
  });

  it('the user of another domain is somebody else', async () => {
    const phone = await userWithPhone('fay');
    expect((await ask(await nasOf('rdg'), { user: 'EVIL\\fay' })).code).toBe('Access-Reject');
    expect((await ask(await nasOf('rdg'), { user: 'CORP\\EVIL\\fay' })).code).toBe('Access-Reject');
    expect(await phone.prompts()).toEqual([]);
    expect(await lastEvent('EVIL\\fay')).toMatchObject({ reason: 'unenrolled' });
  });

  it('a primary that wants a password refuses a request that has none', async () => {
    const phone = await userWithPhone('gus');
    expect((await ask(await nasOf('asking'), { user: 'CORP\\gus' })).code).toBe('Access-Reject');
    expect(await lastEvent('CORP\\gus')).toMatchObject({ reason: 'credentials-unsupported' });
    expect(await phone.prompts()).toEqual([]);
  });

  it('what an NPS as home server grants reaches the gateway once the push is approved', async () => {
    const phone = await userWithPhone('hal');
    const held = ask(await nasOf('behind'), { user: 'CORP\\hal', proxyState: 'of the gateway' });
    await phone.answer(await promptOn(phone), { kind: 'approved' });
    const reply = await held;
    expect(reply.code).toBe('Access-Accept');
    expect(valuesOf(reply, CLASS)).toEqual([Buffer.from('staff')]);
    expect(valuesOf(reply, VENDOR_SPECIFIC)).toEqual([ONLY_DRIVES]);
    expect(valuesOf(reply, PROXY_STATE)).toEqual([Buffer.from('of the gateway')]);
    const asked = nps.asked.at(-1)!;
    expect(asked.username).toBe('CORP\\hal');
    expect(asked.values(PROXY_STATE)).toHaveLength(1);
    expect(asked.values(PROXY_STATE)[0]).not.toEqual(Buffer.from('of the gateway'));
  });

  it('what a group may redirect is said to who is in it, in the place of what the home server says', async () => {
    const phone = await userWithPhone('kim');
    await gate.mustRun(['user', 'set', 'kim', '--group', 'Contractors']);
    for (const client of ['rdg', 'behind'] as const) {
      const held = ask(await nasOf(client), { user: 'CORP\\kim' });
      await phone.answer(await promptOn(phone), { kind: 'approved' });
      expect(valuesOf(await held, VENDOR_SPECIFIC)).toEqual([NO_PRINTERS]);
    }
  });

  it('a question of the home server is no question for the user: a Reject', async () => {
    await userWithPhone('ida');
    const { script } = nps;
    nps.script = (packet) =>
      packet.reply('Access-Challenge', [
        [24, Buffer.from('theirs')],
        [18, Buffer.from('More?')],
      ]);
    expect((await ask(await nasOf('behind'), { user: 'CORP\\ida' })).code).toBe('Access-Reject');
    nps.script = script;
    expect(await lastEvent('CORP\\ida')).toMatchObject({ reason: 'challenge-unsupported' });
  });

  it('a request that the home server sends back to us is refused, and the log says why', async () => {
    await userWithPhone('joy');
    const nasOfNps = await nasOf('looping');
    loop.script = (packet) => void forward(packet, nasOfNps);
    expect((await ask(await nasOf('looping'), { user: 'CORP\\joy' })).code).toBe('Access-Reject');
    expect(loop.asked).toHaveLength(1);
    expect((await gate.events('CORP\\joy')).map(({ reason }) => reason)).toEqual([
      'primary-rejected',
      'request-looped',
    ]);
    await gate.waitForLog(/came back from this client: it forwards to us what it is to answer itself/);
  });
});

/** What an NPS does whose rules send everything on: its own Proxy-State behind the others, the answer taken back. */
async function forward(packet: AskedPacket, nas: Nas): Promise<void> {
  const theirs = packet.decoded.raw_attributes.filter(([type]) => type !== 80);
  const reply = await nas.ask({ attributes: [...theirs, [PROXY_STATE, Buffer.from('nps-2')]] });
  packet.reply(reply.code, []);
}

async function nextPrompt(phone: Awaited<ReturnType<typeof givePhone>>, after: string) {
  for (;;) {
    const found = (await phone.prompts()).find(({ name }) => name !== after);
    if (found !== undefined) return found;
  }
}
