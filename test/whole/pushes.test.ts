import { beforeAll, describe, expect, it } from 'vitest';

import type { Nas } from '../support/nas.ts';
import { phoneShows } from '../support/phone.ts';
import type { AppPhone } from '../support/phones/app-phone.ts';
import { clientSection, startSallyport, type Sallyport, type SallyportOptions } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { APP, givePhone, promptOn, publicConsole } from './second-doors.ts';
import { enrolAll, openNas, PASSWORD, readReply, Visitor, type Reply } from './visitor.ts';

const CALLING_STATION_ID = 31;

const clients = {
  /** Shows questions, so users pick a number. */
  vpn: {},
  /** Shows none: the reply is held. */
  plain: { challenge: false },
  impatient: { challenge: false, timeoutSeconds: 2 },
  hasty: { timeoutSeconds: 2 },
  words: { policy: 'words' },
  rdg: { profile: 'rd-gateway', primary: 'nobody', policy: 'taps' },
} as const;
type ClientName = keyof typeof clients;
const names = Object.keys(clients) as ClientName[];

async function options(): Promise<SallyportOptions> {
  return {
    clients: names.map((name, index) => clientSection(name, `127.0.0.${index + 1}`, clients[name])),
    primaries: { nobody: { type: 'none' } },
    sections: {
      policies: {
        default: { factors: ['push', 'totp'] },
        words: { factors: ['totp', 'push'] },
        taps: { factors: ['push'] },
      },
      factors: { push: { app: APP } },
      console: await publicConsole(),
    },
  };
}

describe('a push', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let before: SallyportOptions;

  beforeAll(async () => {
    before = await options();
    gate = await keep(startSallyport(before));
  });

  const nasOf = (name: ClientName): Promise<Nas> => openNas(gate, { from: `127.0.0.${names.indexOf(name) + 1}` });

  /** Somebody with a password, a TOTP token and a phone, in front of a NAS. */
  async function arrive(user: string, client: ClientName): Promise<{ phone: AppPhone; visitor: Visitor; nas: Nas }> {
    await enrolAll(gate, user);
    const phone = await givePhone(gate, user);
    const nas = await nasOf(client);
    await keep(Promise.resolve({ stop: () => nas.close() }));
    return { phone, visitor: new Visitor(nas, user), nas };
  }

  const lastReason = async (user: string): Promise<string | undefined> => (await gate.events(user))[0]?.reason;

  it('holds the reply until it is approved, and lets in', async () => {
    const { phone, visitor } = await arrive('ada', 'plain');
    const held = visitor.begin(PASSWORD, [[CALLING_STATION_ID, Buffer.from('192.0.2.7')]]);
    const prompt = await promptOn(phone);
    expect(prompt.body).toBe('ada logs in at plain from 192.0.2.7.');
    expect(await phone.answer(prompt, { kind: 'approved' })).toMatchObject({ isTaken: true });
    expect(await held).toMatchObject({ code: 'Access-Accept' });
    expect((await gate.events('ada'))[0]).toMatchObject({ verdict: 'accept', reason: 'both-doors', factor: 'push' });
  });

  it('does not count an approval that is forged, or sent again', async () => {
    const { phone, visitor, nas } = await arrive('bob', 'plain');
    const held = visitor.begin(PASSWORD);
    const prompt = await promptOn(phone);
    expect(await phone.forge(prompt, { kind: 'approved' })).toMatchObject({ isTaken: false });
    await phone.answer(prompt, { kind: 'approved' });
    expect(await held).toMatchObject({ code: 'Access-Accept' });
    const again = nas.encode({ attributes: visitor.attributes(PASSWORD) });
    nas.send(again);
    const next = await promptOn(phone);
    expect(await phone.replay()).toMatchObject({ isTaken: false });
    await phone.answer(next, { kind: 'denied' });
    expect(readReply(nas.verify(again, await nas.nextReply())).code).toBe('Access-Reject');
  });

  it('that is denied refuses, and locks nobody out', async () => {
    const { phone, visitor } = await arrive('cat', 'plain');
    const held = visitor.begin(PASSWORD);
    await phone.answer(await promptOn(phone), { kind: 'denied' });
    expect((await held).message).toContain('declined');
    expect(await lastReason('cat')).toBe('approval-denied');
    expect((await visitor.begin(`${PASSWORD},${phoneShows()}`)).code).toBe('Access-Accept');
  });

  it('that is reported blocks the user, whatever they know', async () => {
    const { phone, visitor } = await arrive('dan', 'plain');
    const held = visitor.begin(PASSWORD);
    await phone.answer(await promptOn(phone), { kind: 'fraud-reported' });
    expect((await held).message).toContain('reported');
    expect(await visitor.begin(`${PASSWORD},${phoneShows()}`)).toMatchObject({ code: 'Access-Reject' });
    expect((await gate.events('dan')).map(({ reason }) => reason)).toEqual(['blocked', 'fraud-reported']);
    expect(await phone.prompts()).toEqual([]);
  });

  it('is over once the NAS gets its answer: an approval that comes late is refused, and the phone learns that', async () => {
    const { phone, visitor } = await arrive('eve', 'impatient');
    const held = visitor.begin(PASSWORD);
    const prompt = await promptOn(phone);
    expect((await held).message).toContain('not approved in time');
    expect(await lastReason('eve')).toBe('approval-timeout');
    expect(await phone.prompts()).toEqual([]);
    expect(await phone.answer(prompt, { kind: 'approved' })).toMatchObject({ isTaken: false });
    expect((await gate.events('eve')).map(({ verdict }) => verdict)).toEqual(['reject']);
  });

  it('that is reported after the NAS got its answer blocks the user as well', async () => {
    const { phone, visitor } = await arrive('una', 'impatient');
    const held = visitor.begin(PASSWORD);
    const prompt = await promptOn(phone);
    expect((await held).message).toContain('not approved in time');
    expect(await phone.answer(prompt, { kind: 'fraud-reported' })).toMatchObject({ isTaken: true });
    expect(await visitor.begin(`${PASSWORD},${phoneShows()}`)).toMatchObject({ code: 'Access-Reject' });
    expect(await lastReason('una')).toBe('blocked');
    expect((await gate.events('una')).map(({ reason }) => reason)).toContain('fraud-reported');
  });

  it('gives way to a passcode when it is not answered in time', async () => {
    const { phone, visitor } = await arrive('fay', 'hasty');
    expect(numberIn(await visitor.begin(PASSWORD))).toMatch(/^\d\d$/);
    await promptOn(phone);
    const late = await visitor.answer('ok');
    expect(late).toMatchObject({ code: 'Access-Challenge' });
    expect(late.message).toMatch(/^The login is not approved yet\. Pick \d\d .* Or enter a passcode\.$/);
    expect(await visitor.answer(phoneShows())).toMatchObject({ code: 'Access-Accept' });
    expect((await gate.events('fay'))[0]).toMatchObject({ factor: 'totp' });
    expect(await phone.prompts()).toEqual([]);
  });

  it('wants the number that the VPN shows', async () => {
    const { phone, visitor } = await arrive('gus', 'vpn');
    const number = numberIn(await visitor.begin(PASSWORD));
    const prompt = await promptOn(phone);
    expect(prompt.choices).toHaveLength(3);
    expect(prompt.choices).toContain(number);
    await phone.answer(prompt, { kind: 'approved', choice: number });
    expect(await visitor.answer('ok')).toMatchObject({ code: 'Access-Accept' });
  });

  it('is declined by a wrong number, and there is no second tap', async () => {
    const { phone, visitor } = await arrive('hal', 'vpn');
    const number = numberIn(await visitor.begin(PASSWORD));
    const prompt = await promptOn(phone);
    const wrong = prompt.choices!.find((choice) => choice !== number)!;
    await phone.answer(prompt, { kind: 'approved', choice: wrong });
    expect(await phone.answer(prompt, { kind: 'approved', choice: number })).toMatchObject({ isTaken: false });
    expect(await visitor.answer('ok')).toMatchObject({ code: 'Access-Reject' });
    expect(await lastReason('hal')).toBe('approval-denied');
  });

  it('can be asked for behind the password', async () => {
    const { phone, visitor } = await arrive('ivy', 'words');
    expect((await visitor.begin(PASSWORD)).message).toContain('Enter the passcode');
    expect(await phone.prompts()).toEqual([]);
    const number = numberIn(await visitor.begin(`${PASSWORD},push`));
    await phone.answer(await promptOn(phone), { kind: 'approved', choice: number });
    expect(await visitor.answer('ok')).toMatchObject({ code: 'Access-Accept' });
  });

  it('is all that a Remote Desktop Gateway needs, whose requests hold no password', async () => {
    const { phone, nas } = await arrive('kim', 'rdg');
    const request = nas.encode({ attributes: [['User-Name', 'kim']] });
    nas.send(request);
    const prompt = await promptOn(phone);
    expect(await nas.isSilentAbout(request)).toBe(true);
    expect(prompt.choices).toBeUndefined();
    await phone.answer(prompt, { kind: 'approved' });
    expect(readReply(nas.verify(request, await nas.nextReply())).code).toBe('Access-Accept');
    expect(await lastReason('kim')).toBe('both-doors');
  });

  it('is one, however often and from wherever the request is sent', async () => {
    const { phone, nas } = await arrive('leo', 'rdg');
    const other = await nasOf('rdg');
    const request = nas.encode({ attributes: [['User-Name', 'leo']] });
    for (let time = 0; time < 5; time += 1) expect(await nas.isSilentAbout(request)).toBe(true);
    expect(await other.isSilentAbout(request)).toBe(true);
    expect(await gate.metric('sallyport_duplicates_total{kind="running"}')).toBeGreaterThanOrEqual(4);
    const prompts = await phone.prompts();
    expect(prompts).toHaveLength(1);
    await phone.answer(prompts[0]!, { kind: 'approved' });
    expect(readReply(nas.verify(request, await nas.nextReply())).code).toBe('Access-Accept');
    expect(readReply(other.verify(request, await other.nextReply())).code).toBe('Access-Accept');
    nas.send(request);
    expect(readReply(nas.verify(request, await nas.nextReply())).code).toBe('Access-Accept');
    expect(await phone.prompts()).toEqual([]);
    await other.close();
  });

  it('shows a code once it is approved, where the configuration says so: read again by SIGHUP', async () => {
    const from = gate.log().length;
    const factors = { push: { app: APP, codeToPhone: true } };
    await gate.rewrite({ ...before, sections: { ...before.sections, factors } });
    gate.signal('SIGHUP');
    await gate.waitForLog(/"msg":"configuration read again"/, from);
    const { phone, visitor } = await arrive('mia', 'vpn');
    expect((await visitor.begin(PASSWORD)).message).toContain('then enter the number it shows');
    const { code } = await phone.answer(await promptOn(phone), { kind: 'approved' });
    expect(code).toMatch(/^\d{6}$/);
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    expect(await visitor.answer(wrong)).toMatchObject({ code: 'Access-Challenge' });
    expect(await visitor.answer(code!)).toMatchObject({ code: 'Access-Accept' });
    expect((await gate.events('mia'))[0]).toMatchObject({ factor: 'push' });
  });
});

function numberIn({ message }: Reply): string {
  return /Pick (\d\d) on your phone/.exec(message)?.[1] ?? message;
}
