import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RadiusAttribute } from 'radius';

import { ScriptedHomeServer, silence, type AskedPacket, type Script } from '../support/home-server.ts';
import { AccountingNas } from '../support/accounting-nas.ts';
import { clientSection, startSallyport, type Sallyport, type SallyportOptions } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { sessionsOf } from '../support/store.ts';

const ACCT_DELAY_TIME = 41;
const PROXY_STATE = 33;

const answers: Script = (packet) => packet.reply('Accounting-Response', [], { messageAuthenticator: false });

const clients = ['relays', 'here', 'unwanted'] as const;
type ClientName = (typeof clients)[number];

describe('accounting', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let home: ScriptedHomeServer;
  let options: SallyportOptions;

  beforeAll(async () => {
    home = await keep(ScriptedHomeServer.start(answers));
    options = {
      serves: ['access', 'accounting'],
      clients: [
        clientSection('relays', '127.0.0.1', { accounting: 'corp' }),
        clientSection('here', '127.0.0.2', { accounting: 'here' }),
        clientSection('unwanted', '127.0.0.3'),
      ],
      primaries: { corp: primaryOf(home) },
    };
    gate = await keep(startSallyport(options));
  });
  beforeEach(() => {
    home.script = answers;
  });

  async function open(client: ClientName): Promise<AccountingNas> {
    const from = `127.0.0.${clients.indexOf(client) + 1}`;
    return keep(AccountingNas.open({ secret: gate.secret, port: gate.port, from }));
  }

  it('is answered once a home server has answered, and reaches it as the NAS sent it, under our own secret', async () => {
    const nas = await open('relays');
    const vendor: RadiusAttribute = [26, Buffer.from('0000000901056869', 'hex')];
    const before = home.asked.length;
    const request = nas.encode([...start('ada', 's-1'), vendor, [PROXY_STATE, Buffer.from('theirs')]]);
    const reply = await nas.exchange(request);
    expect(reply).toMatchObject({ code: 'Accounting-Response' });
    expect(reply.raw_attributes).toEqual([[PROXY_STATE, Buffer.from('theirs')]]);
    const asked = home.asked[before]!;
    expect(asked.isHashed).toBe(true);
    expect(asked.decoded.authenticator.equals(request.subarray(4, 20))).toBe(false);
    expect(asked.values(26)).toEqual([Buffer.from('0000000901056869', 'hex')]);
    expect(asked.values(PROXY_STATE)).toEqual([expect.objectContaining({ length: 16 })]);
    expect(asked.values(ACCT_DELAY_TIME)).toEqual([]);
  });

  it('is not sent on again for a retransmission, which gets the same answer', async () => {
    const nas = await open('relays');
    const request = nas.encode(start('bob', 's-2'));
    const first = await nas.reply(request);
    const before = home.asked.length;
    expect((await nas.reply(request)).equals(first)).toBe(true);
    expect(home.asked.length).toBe(before);
  });

  it('gets no answer while no home server answers, nor by a forged one; then it does', async () => {
    const nas = await open('relays');
    home.script = (packet) => packet.reply('Accounting-Response', [], { secret: 'another-secret' });
    const before = home.asked.length;
    const request = nas.encode(start('cat', 's-3'));
    nas.send(request);
    await home.hasBeenAsked(before + 2);
    expect(await nas.isSilentAbout(request)).toBe(true);
    await expect
      .poll(() => gate.metric('sallyport_accounting_requests_total{client="relays",outcome="unanswered"}'))
      .toBe(1);
    home.script = answers;
    expect((await nas.exchange(request)).code).toBe('Accounting-Response');
    expect(await gate.metric(`sallyport_home_server_ignored_replies_total{primary="corp",server="127.0.0.1:${home.port}",reason="response-authenticator"}`)).toBeGreaterThan(0); // prettier-ignore
  });

  it.each([
    [
      'under another secret',
      'here',
      (nas) => nas.encode(start('eve', 's-4'), 'another-secret'),
      'accounting-authenticator-wrong',
    ],
    [
      'with a wrong Message-Authenticator',
      'here',
      (nas) => nas.encode([...start('eve', 's-4'), [80, Buffer.alloc(16)]]),
      'message-authenticator-wrong',
    ],
    ['from a client without accounting', 'unwanted', (nas) => nas.encode(start('eve', 's-4')), 'accounting-unwanted'],
  ] as [string, ClientName, (nas: AccountingNas) => Buffer, string][])(
    'is silence %s, and leaves nothing behind',
    async (_, client, make, reason) => {
      // prettier-ignore
      const nas = await open(client);
      const series = `sallyport_dropped_packets_total{reason="${reason}"}`;
      const before = await gate.metric(series);
      expect(await nas.isSilentAbout(make(nas))).toBe(true);
      expect(await gate.metric(series)).toBe(before + 1);
      expect(await sessionsOf(gate.folder, 's-4')).toEqual([]);
    },
  );

  it('tells which sessions go on: begun, seen, ended; and all of a NAS that starts anew', async () => {
    const nas = await open('here');
    const other = { nas: 'other' };
    const names = async (): Promise<string[]> =>
      (await sessionsOf(gate.folder)).filter(({ client }) => client === 'here').map(({ sessionId }) => sessionId);
    await nas.exchange(nas.encode([...start('dan', 'd-1'), [31, 'station-1'], [8, Buffer.from([10, 0, 0, 7])]]));
    await nas.exchange(nas.encode(start('dan', 'd-2', other)));
    await nas.exchange(nas.encode(told('Interim-Update', 'dan', 'd-3')));
    expect((await names()).sort()).toEqual(['d-1', 'd-2', 'd-3']);
    expect((await sessionsOf(gate.folder, 'd-1'))[0]).toMatchObject({
      client: 'here',
      username: 'dan',
      station: 'station-1',
      framedAddress: '10.0.0.7',
      nasAddress: '127.0.0.2',
    });
    await nas.exchange(nas.encode(told('Stop', 'dan', 'd-3')));
    expect((await names()).sort()).toEqual(['d-1', 'd-2']);
    await nas.exchange(nas.encode(told('Accounting-On', 'dan', 'boot')));
    expect(await names()).toEqual(['d-2']);
  });

  it('of one client says nothing of the sessions of another', async () => {
    const [here, relays] = [await open('here'), await open('relays')];
    await here.exchange(here.encode(start('fay', 'f-1')));
    await relays.exchange(relays.encode(told('Stop', 'fay', 'f-1')));
    await relays.exchange(relays.encode(told('Accounting-Off', 'fay', 'boot')));
    expect(await sessionsOf(gate.folder, 'f-1')).toHaveLength(1);
  });

  it('that comes back from a home server is not sent there again and again', async () => {
    const nas = await open('relays');
    const isOurs = (packet: AskedPacket): boolean => packet.values(44).join() === 'l-1';
    const turns = (): AskedPacket[] => home.asked.filter(isOurs);
    home.script = (packet, count) => {
      // As NPS does when it forwards accounting to the client it came from.
      if (isOurs(packet) && turns().length < 5) nas.send(nas.encode(packet.decoded.raw_attributes));
      answers(packet, count);
    };
    expect((await nas.exchange(nas.encode(start('eli', 'l-1')))).code).toBe('Accounting-Response');
    await expect
      .poll(() => gate.metric('sallyport_accounting_requests_total{client="relays",outcome="looped"}'))
      .toBe(1);
    expect(turns()).toHaveLength(1);
    await gate.waitForLog(/came back from this client/);
  });

  it('waits on disk where the configuration says so: answered at once, sent on after a crash, with its delay', async () => {
    home.script = silence;
    await gate.rewrite({ ...options, sections: { accounting: { queue: true, maxQueued: 3 } } });
    const from = gate.log().length;
    gate.signal('SIGHUP');
    await gate.waitForLog(/"msg":"configuration read again"/, from);
    const nas = await open('relays');
    for (const id of ['q-1', 'q-2', 'q-3']) await nas.exchange(nas.encode(start('gus', id)));
    expect(await nas.isSilentAbout(nas.encode(start('gus', 'q-4')))).toBe(true);
    expect(await gate.metric('sallyport_accounting_queued')).toBe(3);
    await gate.kill();
    // As if it had been down for a minute.
    const database = new DatabaseSync(join(gate.folder, 'data', 'sallyport.db'));
    database.exec('UPDATE accounting_queue SET received_at_ms = received_at_ms - 60000');
    database.close();

    home.script = answers;
    const before = home.asked.length;
    await gate.restart();
    const sent = (): AskedPacket[] => home.asked.slice(before).filter(({ code }) => code === 'Accounting-Request');
    // A busy machine may have sent one twice.
    const sessions = (): string[] => [...new Set(sent().map((packet) => packet.values(44).join()))];
    await expect.poll(() => gate.metric('sallyport_accounting_queued')).toBe(0);
    expect(sessions()).toEqual(['q-1', 'q-2', 'q-3']);
    for (const packet of sent()) {
      expect(packet.isHashed).toBe(true);
      expect(packet.values(ACCT_DELAY_TIME)[0]!.readUInt32BE(0)).toBeGreaterThanOrEqual(60);
    }
    const late = await open('relays');
    await late.exchange(late.encode(start('gus', 'q-5')));
    await expect.poll(sessions).toEqual(['q-1', 'q-2', 'q-3', 'q-5']);
  });
});

function primaryOf({ address, port, secret }: ScriptedHomeServer) {
  const server = { address, port: 1, accountingPort: port, secret };
  return { type: 'radius', servers: [server], timeoutSeconds: 0.2, attempts: 2 };
}

function start(user: string, sessionId: string, of: { nas?: string } = {}): RadiusAttribute[] {
  return told('Start', user, sessionId, of);
}

function told(status: string, user: string, sessionId: string, { nas = 'nas-1' } = {}): RadiusAttribute[] {
  return [
    ['User-Name', user],
    ['Acct-Status-Type', status],
    ['Acct-Session-Id', sessionId],
    ['NAS-Identifier', nas],
  ];
}
