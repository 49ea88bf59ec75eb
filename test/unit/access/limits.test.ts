import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import { openGate, type Gate, type RequestFields } from '../../support/gate.ts';
import { byEap } from '../../support/peer-proofs.ts';

const HERE = '192.0.2.7';
const HOUR_MS = 3_600_000;

let gate: Gate;
let code: (steps?: number) => string;

beforeEach(async () => {
  gate = await openGate();
  code = await gate.addUser('alice');
});
afterEach(() => gate.close());

function outcome({ verdict }: Decision): string {
  return `${verdict.kind} ${verdict.reason}`;
}

function messageOf({ verdict }: Decision): string {
  return verdict.kind === 'challenge' || verdict.kind === 'reject' ? verdict.message : '';
}

function stateOf({ verdict }: Decision): Buffer {
  if (verdict.kind !== 'challenge') throw new Error(`no challenge but ${verdict.kind} ${verdict.reason}`);
  return verdict.state;
}

// Lets everything run that waits for nothing but the store.
async function whileHeld(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

// What was queued for the disk before this is there when it resolves.
function written(): Promise<void> {
  return gate.storage.remembered.end({ username: 'nobody', client: '', station: '' });
}

async function nextPasscode(): Promise<string> {
  await gate.clock.advance(60_000);
  return code();
}

const events = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const event of gate.storage.events.events({})) found.push(`${event.verdict} ${event.reason}`);
  return found;
};

describe('a remembered login', () => {
  beforeEach(() => gate.setPolicy({ rememberHours: 24 }));

  /** Both doors, from a station. */
  async function passBoth(fields: Partial<RequestFields> = { station: HERE }): Promise<void> {
    const passcode = await nextPasscode();
    expect(outcome(await gate.decide({ ...fields, password: `secret,${passcode}` }))).toBe('accept both-doors');
    await written();
  }

  it('needs the first door alone, for its time, and has the attributes of the first door', async () => {
    await passBoth();
    const again = await gate.decide({ station: HERE });
    expect(outcome(again)).toBe('accept remembered');
    expect(again.verdict).toMatchObject({ attributes: [{ type: 25 }] });
    expect(again.event).toMatchObject({ reason: 'remembered', primary: 'door' });
    await gate.clock.advance(24 * HOUR_MS);
    expect(outcome(await gate.decide({ station: HERE }))).toBe('challenge passcode-asked');
  });

  it('is not prolonged by being used', async () => {
    await passBoth();
    await gate.clock.advance(23 * HOUR_MS);
    expect(outcome(await gate.decide({ station: HERE }))).toBe('accept remembered');
    await gate.clock.advance(2 * HOUR_MS);
    expect(outcome(await gate.decide({ station: HERE }))).toBe('challenge passcode-asked');
  });

  it('opens nothing from elsewhere, at another client of the same policy, to others, or without a station', async () => {
    const bobs = await gate.addUser('bob');
    await passBoth();
    const client = { name: 'other' };
    const tries: Partial<RequestFields>[] = [
      { station: '192.0.2.8' },
      { station: HERE, client },
      { station: HERE, user: 'bob' },
      { station: `${HERE} ` },
      {},
    ];
    for (const fields of tries) expect(outcome(await gate.decide(fields))).toBe('challenge passcode-asked');
    expect(bobs()).toBeDefined();
  });

  it('opens nothing from another address, where the NAS tells it beside the station', async () => {
    const userAddress = { attributes: [{ type: 66, form: 'text' as const }], isTrusted: true };
    const from = (address: string): Partial<RequestFields> => ({
      station: '02-00-5E-10-00-07',
      client: { userAddress },
      attributes: [{ type: 66, value: Buffer.from(address) }],
    });
    await passBoth(from('198.51.100.7'));
    expect(outcome(await gate.decide(from('198.51.100.8')))).toBe('challenge passcode-asked');
    expect(outcome(await gate.decide(from('198.51.100.7')))).toBe('accept remembered');
  });

  it('needs the right password', async () => {
    await passBoth();
    expect(outcome(await gate.decide({ station: HERE, password: 'guess' }))).toBe('reject primary-rejected');
  });

  it('is none where the NAS tells no station', async () => {
    await passBoth({});
    expect(outcome(await gate.decide({}))).toBe('challenge passcode-asked');
    expect(await gate.storage.remembered.list()).toEqual([]);
  });

  it('is none where the policy remembers nothing, nor once it is told to', async () => {
    await passBoth();
    gate.setPolicy({ rememberHours: 0 });
    expect(outcome(await gate.decide({ station: HERE }))).toBe('challenge passcode-asked');
    gate.setPolicy({ rememberHours: 1 });
    await gate.clock.advance(2 * HOUR_MS);
    expect(outcome(await gate.decide({ station: HERE }))).toBe('challenge passcode-asked');
  });

  it.each([
    ['a bypass code', 'bypass', 'both-doors'],
    ['a backup code', 'backup', 'both-doors'],
    ['an app password', 'app-password', 'app-password'],
  ] as const)('never comes of %s', async (_, kind, reason) => {
    const user = await gate.storage.users.findUserRecord('alice');
    const typed = 'ABCDEFGH23456789';
    const digest = gate.storage.codeDigest(user!.id, typed);
    const client = kind === 'app-password' ? { client: 'vpn' } : {};
    await gate.storage.codes.addCode({ userId: user!.id, kind, digest, label: '', expiresAtMs: 0, ...client });
    const password = kind === 'app-password' ? typed : `secret,${typed}`;
    expect(outcome(await gate.decide({ station: HERE, password }))).toBe(`accept ${reason}`);
    await written();
    expect(await gate.storage.remembered.list()).toEqual([]);
  });

  it('never comes of a first door that nobody opened, and opens none', async () => {
    await passBoth();
    gate.setPolicy({ rememberHours: 24, unavailable: 'allow' });
    gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'down' }));
    expect(outcome(await gate.decide({ station: HERE }))).toBe('challenge passcode-asked');
    await gate.storage.remembered.revoke(undefined);
    await passBoth();
    expect(await gate.storage.remembered.list()).toEqual([]);
  });

  it('never comes of a first door that checks no password', async () => {
    gate.setPasswordless();
    const question = await gate.decide({ station: HERE, password: undefined });
    expect(outcome(await gate.decide({ password: code(), state: stateOf(question), station: HERE }))).toBe(
      'accept both-doors',
    );
    await written();
    expect(await gate.storage.remembered.list()).toEqual([]);
  });

  it('gives way to a passcode that comes with the password', async () => {
    await passBoth();
    expect(outcome(await gate.decide({ station: HERE, password: 'secret,000000' }))).not.toContain('accept');
  });

  it.each([
    ['the password is changed', () => gate.storage.users.setUser('alice', { passwordHash: '$argon2id$other' })],
    ['the user is reset', () => gate.storage.users.resetUser('alice', 'lost')],
    ['the phone is lost', () => gate.storage.users.forgetPhone('alice')],
    ['the user is disabled', () => gate.storage.users.setUser('alice', { isEnabled: false })],
    ['it is revoked', () => gate.storage.remembered.revoke('alice')],
    [
      'the directory knew the user no more for a while',
      async () => {
        const user = await gate.storage.users.findUserRecord('alice');
        await gate.storage.people.disableGone([user!.id]);
        await gate.storage.users.setUser('alice', { isEnabled: true });
      },
    ],
    [
      'the client is another one',
      () => {
        gate.setClientMark('vpn', 'other');
        return Promise.resolve();
      },
    ],
    [
      'the session ends by accounting',
      () => gate.storage.remembered.end({ username: 'alice', client: 'vpn', station: HERE }),
    ],
  ])('ends when %s', async (_, end) => {
    await passBoth();
    await end();
    expect(outcome(await gate.decide({ station: HERE }))).not.toContain('accept');
  });

  it.each([
    ['asks for another factor', { factors: ['push'] as const }],
    [
      'asks for another factor of some',
      { rules: [{ when: {}, then: 'factors' as const, factors: ['push'] as const }] },
    ],
    ['asks for a PIN too', { pin: true }],
  ])('stands for no more than it was: a policy that %s by now asks', async (_, policy) => {
    await gate.addPhone('alice');
    await passBoth();
    gate.setPolicy({ rememberHours: 24, ...policy });
    const asked = gate.decide({ station: HERE, client: { outOfBand: 'ask' } });
    expect(outcome(await asked)).not.toContain('accept');
    gate.setPolicy({ rememberHours: 24, factors: ['push', 'totp'] });
    expect(outcome(await gate.decide({ station: HERE }))).toBe('accept remembered');
  });

  it('is not good before it was made: the clock was set back', async () => {
    await passBoth();
    gate.clock.jumpWall(-HOUR_MS);
    expect(outcome(await gate.decide({ station: HERE }))).toBe('challenge passcode-asked');
  });

  it('does not forget wrong answers that others gave meanwhile', async () => {
    await passBoth();
    for (const guess of ['1', '2', '3', '4']) await gate.decide({ station: '192.0.2.8', password: guess });
    expect(outcome(await gate.decide({ station: HERE }))).toBe('accept remembered');
    await gate.decide({ station: '192.0.2.8', password: '5' });
    expect(outcome(await gate.decide({ station: HERE }))).toBe('reject locked-out');
  });
});

describe('the same wrong password', () => {
  beforeEach(() => gate.setLimits({ stormMs: 300_000 }));
  const wrong = (password = 'old', fields: Partial<RequestFields> = {}) => gate.decide({ password, ...fields });

  it('is refused here for a while, so that a VPN that repeats it for ever asks seldom and locks nobody', async () => {
    expect(outcome(await wrong())).toBe('reject primary-rejected');
    for (let second = 5; second <= 3_600; second += 5) {
      await gate.clock.advance(5_000);
      expect(outcome(await wrong())).toMatch(/^reject (primary-rejected|wrong-password-repeated)$/);
    }
    expect(gate.asked.length).toBeLessThanOrEqual(14);
    expect(outcome(await gate.decide({ password: 'secret' }))).toBe('challenge passcode-asked');
  });

  it('says the same to the user', async () => {
    const [first, second] = [await wrong(), await wrong()];
    expect(outcome(second)).toBe('reject wrong-password-repeated');
    const plain = (decision: Decision) => messageOf(decision).replace(/\[.*/, '');
    expect(plain(second)).toBe(plain(first));
  });

  it('that is right by now lets in after a minute at most', async () => {
    await wrong();
    gate.answerFirstDoor(() => ({ kind: 'accepted', attributes: [] }));
    expect(outcome(await wrong())).toBe('reject wrong-password-repeated');
    await gate.clock.advance(60_000);
    expect(outcome(await wrong())).toBe('challenge passcode-asked');
  });

  it('lets in at once when it was set here meanwhile', async () => {
    await wrong();
    await gate.storage.users.setUser('alice', { passwordHash: '$argon2id$new' });
    gate.answerFirstDoor(() => ({ kind: 'accepted', attributes: [] }));
    expect(outcome(await wrong())).toBe('challenge passcode-asked');
  });

  it('is asked for at other primaries, for other users, and is no lever against the right one', async () => {
    await wrong();
    await gate.addUser('bob');
    expect(outcome(await wrong('old', { user: 'bob' }))).toBe('reject primary-rejected');
    expect(outcome(await wrong('old', { client: { primary: ['missing', 'door'] } }))).toBe('reject primary-rejected');
    expect(outcome(await wrong('old,123456'))).toBe('reject wrong-password-repeated');
    expect(outcome(await wrong('secret'))).toBe('challenge passcode-asked');
  });

  it('may be right at another client of the same home server, and is asked for there', async () => {
    gate.answerFirstDoor(() => ({ kind: 'rejected', reason: 'rejected-upstream', attributes: [] }));
    expect(outcome(await gate.decide({}))).toBe('reject primary-rejected');
    gate.answerFirstDoor(() => ({ kind: 'accepted', attributes: [] }));
    expect(outcome(await gate.decide({ client: { name: 'wifi' } }))).toBe('challenge passcode-asked');
    expect(outcome(await gate.decide({}))).toBe('reject wrong-password-repeated');
  });

  it('counts once, at however many clients it is asked for', async () => {
    gate.setPolicy({ lockout: { failures: 2, seconds: 900 } });
    for (const name of ['vpn', 'wifi', 'desk'])
      expect(outcome(await wrong('old', { client: { name } }))).toBe('reject primary-rejected');
    expect(outcome(await wrong('secret'))).toBe('challenge passcode-asked');
  });

  it('of several devices is told apart', async () => {
    for (let round = 0; round < 3; round += 1) for (const old of ['old-1', 'old-2', 'old-3']) await wrong(old);
    expect(gate.asked).toHaveLength(3);
    expect(outcome(await gate.decide({}))).toBe('challenge passcode-asked');
  });

  it('is none where nobody could say, nor where a home server’s own question was answered wrongly', async () => {
    gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'down' }));
    await wrong();
    expect(outcome(await wrong())).toBe('reject primary-unavailable');
    const conversation = { primary: 'door', server: 'one' };
    gate.answerFirstDoor((request) =>
      request.conversation === undefined
        ? { kind: 'challenged', conversation, attributes: [] }
        : { kind: 'rejected', reason: 'rejected-upstream', attributes: [] },
    );
    const question = await gate.decide({});
    expect(outcome(await gate.decide({ password: '111111', state: stateOf(question) }))).toBe(
      'reject primary-rejected',
    );
    expect(outcome(await gate.decide({}))).toBe('challenge home-server-asks');
  });

  it('is asked for every time where the configuration says so', async () => {
    gate.setLimits({ stormMs: 0 });
    await wrong();
    expect(outcome(await wrong())).toBe('reject primary-rejected');
    expect(gate.asked).toHaveLength(2);
  });
});

describe('requests that are too many', () => {
  const rates = (fields: object) =>
    gate.setLimits({
      rates: {
        ...{ perClientPerSecond: undefined, perUserPerMinute: undefined, perAddressPerMinute: undefined },
        ...fields,
      },
    });

  it('for one user are rejected with one event a minute, until there is room again; others are not touched', async () => {
    await gate.addUser('bob');
    rates({ perUserPerMinute: 3 });
    for (let time = 0; time < 3; time += 1) expect(outcome(await gate.decide({}))).toBe('challenge passcode-asked');
    for (let time = 0; time < 5; time += 1)
      expect(outcome(await gate.decide({ user: 'ALICE' }))).toBe('reject rate-limited');
    expect(gate.asked).toHaveLength(3);
    expect((await events()).filter((one) => one === 'reject rate-limited')).toHaveLength(1);
    expect(outcome(await gate.decide({ user: 'bob' }))).toBe('challenge passcode-asked');
    await gate.clock.advance(20_000);
    expect(outcome(await gate.decide({}))).toBe('challenge passcode-asked');
    expect(outcome(await gate.decide({}))).toBe('reject rate-limited');
  });

  it('for the one outer name of many users are those that begin a conversation by EAP, not its rounds', async () => {
    gate.setLimits({ rates: { perClientPerSecond: undefined, perUserPerMinute: 2, perAddressPerMinute: undefined } });
    const eap = { rounds: 1, sinceMs: 0, isSealed: false };
    const conversation = { primary: 'door', server: 'home', eap };
    gate.answerFirstDoor(() => ({ kind: 'challenged', conversation, attributes: [] }));
    const ask = (state?: Buffer): Promise<Decision> =>
      gate.decide({ user: 'anonymous', credentials: byEap(25, 'sealed'), state });
    let state = stateOf(await ask());
    for (let rounds = 0; rounds < 5; rounds += 1) state = stateOf(await ask(state));
    expect(outcome(await ask())).toBe('challenge eap-round');
    expect(outcome(await ask())).toBe('reject rate-limited');
    expect(outcome(await gate.decide({ user: 'anonymous', state }))).toBe('reject rate-limited');
  });

  it('from one address are rejected, whoever it is', async () => {
    rates({ perAddressPerMinute: 2 });
    await gate.decide({ station: HERE });
    await gate.decide({ station: HERE, user: 'nobody' });
    expect(outcome(await gate.decide({ station: HERE }))).toBe('reject rate-limited');
    expect(outcome(await gate.decide({ station: '192.0.2.8' }))).toBe('challenge passcode-asked');
    expect(outcome(await gate.decide({ station: 'no address' }))).toBe('challenge passcode-asked');
  });

  it('of one client are rejected, not left unanswered: it would take the server for dead', async () => {
    rates({ perClientPerSecond: 2 });
    const verdicts = await Promise.all(['a', 'b', 'c', 'd'].map((user) => gate.decide({ user })));
    expect(verdicts.map(({ verdict }) => verdict.reason).filter((reason) => reason === 'rate-limited')).toHaveLength(2);
    expect(verdicts.every(({ verdict }) => verdict.kind === 'reject')).toBe(true);
    expect(outcome(await gate.decide({ client: { name: 'other' } }))).toBe('challenge passcode-asked');
  });
});

describe('a phone that is asked again and again', () => {
  const hasty = { challenge: false, timeoutSeconds: 10 };

  beforeEach(async () => {
    gate.setPolicy({ factors: ['push', 'totp'] });
    await gate.addPhone('alice');
  });

  async function ignore(station = HERE, times = 1): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      const held = gate.decide({ station, client: hasty });
      await whileHeld();
      await gate.clock.advance(9_500);
      expect(outcome(await held)).toBe('reject approval-timeout');
    }
  }

  it('is left alone after three that nobody approved, at every client, and the user is told', async () => {
    await ignore('192.0.2.66', 3);
    const client = { name: 'other' };
    const question = await gate.decide({ station: HERE, client });
    expect(outcome(question)).toBe('challenge passcode-asked');
    expect(messageOf(question)).toContain('Push and calls are paused');
    expect(messageOf(question)).toContain('Enter the passcode');
    expect(outcome(await gate.decide({ station: HERE, client: hasty }))).toBe('reject approvals-paused');
    expect(outcome(await gate.decide({ password: 'secret,push', station: HERE }))).toBe(
      'challenge passcode-asked-again',
    );
    expect(gate.desk.prompts).toHaveLength(3);
    expect(outcome(await gate.decide({ password: code(), state: stateOf(question), client }))).toBe(
      'accept both-doors',
    );
    void gate.decide({ station: HERE, client: hasty });
    await whileHeld();
    expect(gate.desk.prompts).toHaveLength(4);
  });

  it('is asked again when the pause is over', async () => {
    await ignore(HERE, 3);
    expect(outcome(await gate.decide({ client: hasty }))).toBe('reject approvals-paused');
    await gate.clock.advance(900_000);
    await ignore();
    expect(gate.desk.prompts).toHaveLength(4);
  });

  it('is not counted when it approves in between', async () => {
    await ignore(HERE, 2);
    const held = gate.decide({ station: HERE, client: hasty });
    await whileHeld();
    gate.desk.tap({ kind: 'approved' });
    expect(outcome(await held)).toBe('accept both-doors');
    await ignore(HERE, 3);
  });

  it('is asked three times when attempts come all at once, and each of the three can still be approved', async () => {
    const many = ['1', '2', '3', '4', '5', '6'].map((last) =>
      gate.decide({ station: `192.0.2.${last}`, client: hasty }),
    );
    await whileHeld();
    expect(gate.desk.prompts).toHaveLength(3);
    const joined = gate.decide({ station: '192.0.2.3', client: hasty });
    await whileHeld();
    expect(gate.desk.prompts).toHaveLength(3);
    gate.desk.tap({ kind: 'approved' });
    expect(outcome(await joined)).toBe('accept both-doors');
    await gate.clock.advance(10_000);
    await Promise.all(many);
  });

  it('may be the only thing that a user has: then nobody is let in, and nobody enrols anew', async () => {
    gate.setPolicy({ factors: ['push'], unenrolled: 'allow' });
    await ignore(HERE, 3);
    expect(outcome(await gate.decide({ station: HERE }))).toBe('reject approvals-paused');
  });

  it('counts no question that did not reach it', async () => {
    gate.desk.outcome = { kind: 'undelivered', problem: 'down' };
    for (let time = 0; time < 5; time += 1) await gate.decide({ client: hasty });
    gate.desk.outcome = { kind: 'sent', id: 'delivery-1', gateway: 'fake' };
    await ignore();
  });

  it('blocks at once when it reports a fraud, also where no request waits to be told', async () => {
    const question = await gate.decide({ station: HERE, client: { outOfBand: 'ask' } });
    expect(outcome(question)).toBe('challenge approval-asked');
    gate.desk.tap({ kind: 'fraud-reported' });
    await written();
    expect(outcome(await gate.decide({}))).toBe('reject blocked');
    expect(outcome(await gate.decide({ password: 'ok', state: stateOf(question) }))).toBe('reject blocked');
    expect(await events()).toContain('reject fraud-reported');
    expect(gate.alerts).toMatchObject([{ kind: 'fraud-reported', user: 'alice', station: HERE, factor: 'push' }]);
    expect(await gate.storage.blocks.list()).toMatchObject([{ username: 'alice', by: 'user' }]);
  });

  it('blocks also by a call that lasts longer than the NAS waits', async () => {
    gate.setPolicy({ factors: ['call'] });
    await gate.storage.users.setUser('alice', { phone: '+4512345678' });
    const held = gate.decide({ station: HERE, client: hasty });
    await whileHeld();
    await gate.clock.advance(10_000);
    expect(outcome(await held)).toBe('reject approval-timeout');
    const { isOpen, ended } = gate.desk.dialogs[0]!;
    expect(isOpen()).toBe(false);
    ended('fraud-reported');
    await written();
    expect(outcome(await gate.decide({}))).toBe('reject blocked');
    expect(gate.alerts).toMatchObject([{ kind: 'fraud-reported', user: 'alice', station: HERE, factor: 'call' }]);
  });

  it('blocks also when it reports after the NAS was answered, once', async () => {
    const held = gate.decide({ station: HERE, client: hasty });
    await whileHeld();
    await gate.clock.advance(10_000);
    expect(outcome(await held)).toBe('reject approval-timeout');
    expect(gate.desk.tap({ kind: 'approved' })).toEqual({ kind: 'late' });
    expect(gate.desk.tap({ kind: 'fraud-reported' })).toEqual({ kind: 'taken' });
    expect(gate.desk.tap({ kind: 'fraud-reported' })).toEqual({ kind: 'late' });
    await written();
    expect(outcome(await gate.decide({}))).toBe('reject blocked');
    expect(gate.alerts).toMatchObject([{ kind: 'fraud-reported', user: 'alice', station: HERE, factor: 'push' }]);
  });

  it('raises one alert where a request waits', async () => {
    const held = gate.decide({ station: HERE, client: hasty });
    await whileHeld();
    gate.desk.tap({ kind: 'fraud-reported' });
    expect(outcome(await held)).toBe('reject fraud-reported');
    expect(gate.alerts).toHaveLength(1);
    expect((await events()).filter((one) => one === 'reject fraud-reported')).toHaveLength(1);
  });
});

describe('while no primary can be asked', () => {
  beforeEach(() => gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'down' })));

  it('a client may be set otherwise than its policy', async () => {
    expect(outcome(await gate.decide({}))).toBe('reject primary-unavailable');
    const allowed = await gate.decide({ client: { unavailable: 'allow' } });
    expect(outcome(allowed)).toBe('challenge passcode-asked');
    expect(allowed.event).toMatchObject({ primaryPassedUnavailable: true, unavailableBy: 'client' });
    gate.setPolicy({ unavailable: 'allow' });
    expect((await gate.decide({})).event).toMatchObject({ unavailableBy: 'policy' });
    expect(outcome(await gate.decide({ client: { unavailable: 'deny' } }))).toBe('reject primary-unavailable');
  });

  it('an administrator may open for a while: the second door stays, and every event says so', async () => {
    await gate.storage.openings.open({ client: 'vpn', reason: 'the domain is down', minutes: 10 });
    const question = await gate.decide({});
    expect(outcome(question)).toBe('challenge passcode-asked');
    const accepted = await gate.decide({ password: code(), state: stateOf(question) });
    expect(outcome(accepted)).toBe('accept both-doors');
    const mark = { primaryPassedUnavailable: true, unavailableBy: 'command' };
    expect(accepted.event).toMatchObject(mark);
    expect(question.event).toMatchObject(mark);
    expect(outcome(await gate.decide({ client: { name: 'other' } }))).toBe('reject primary-unavailable');
    await gate.clock.advance(10 * 60_000);
    expect(outcome(await gate.decide({}))).toBe('reject primary-unavailable');
  });

  it('an opening skips no second door that there is none of', async () => {
    await gate.storage.openings.open({ client: undefined, reason: '', minutes: 10 });
    gate.setPolicy({ factors: [], unenrolled: 'allow' });
    expect(outcome(await gate.decide({}))).toBe('reject primary-unavailable');
    gate.setPolicy({ unenrolled: 'allow' });
    expect(outcome(await gate.decide({ user: 'nobody' }))).not.toContain('accept');
  });

  it('a wall clock that is set back prolongs no opening, and opens none that has not begun', async () => {
    await gate.storage.openings.open({ client: undefined, reason: '', minutes: 10 });
    expect(outcome(await gate.decide({}))).toBe('challenge passcode-asked');
    await gate.clock.advance(9 * 60_000);
    gate.clock.jumpWall(-8 * 60_000);
    expect(outcome(await gate.decide({}))).toBe('challenge passcode-asked');
    await gate.clock.advance(2 * 60_000);
    expect(outcome(await gate.decide({}))).toBe('reject primary-unavailable');
    await gate.storage.openings.open({ client: undefined, reason: '', minutes: 10 });
    gate.clock.jumpWall(-60_000);
    expect(outcome(await gate.decide({}))).toBe('reject primary-unavailable');
  });

  it('an answer is too late once the opening is closed', async () => {
    gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'down' }));
    await gate.storage.openings.open({ client: 'vpn', reason: 'x', minutes: 10 });
    const state = stateOf(await gate.decide({}));
    await gate.storage.openings.close('vpn');
    expect(outcome(await gate.decide({ state, password: code() }))).toBe('reject primary-unavailable');
  });

  it('an opening can be closed at once', async () => {
    await gate.storage.openings.open({ client: undefined, reason: '', minutes: 240 });
    expect(outcome(await gate.decide({}))).toBe('challenge passcode-asked');
    await gate.storage.openings.close(undefined);
    expect(outcome(await gate.decide({}))).toBe('reject primary-unavailable');
  });
});

describe('the lock-out', () => {
  it.each([['sms'], ['email'], ['totp'], ['push']] as const)('counts wrong answers of %s', async (factor) => {
    gate.setPolicy({ factors: [factor], lockout: { failures: 3, seconds: 900 } });
    gate.setDelivery({ push: { ttlMs: 60_000, numberMatching: false, codeToPhone: true } });
    await gate.storage.users.setUser('alice', { phone: '+4512345678' });
    await gate.addPhone('alice');
    let question = await gate.decide({});
    gate.desk.tap({ kind: 'approved' });
    for (const guess of ['000001', '000002']) {
      question = await gate.decide({ password: guess, state: stateOf(question) });
      expect(outcome(question)).toBe('challenge passcode-asked-again');
    }
    expect(outcome(await gate.decide({ password: '000003', state: stateOf(question) }))).toBe('reject locked-out');
    expect(outcome(await gate.decide({}))).toBe('reject locked-out');
    await gate.clock.advance(900_000);
    expect((await gate.decide({})).verdict.kind).toBe('challenge');
  });

  it('counts no PIN that nobody could look at', async () => {
    gate.setPolicy({ pin: true, lockout: { failures: 2, seconds: 900 } });
    await gate.setPin('alice', '4711');
    gate.setPinVerifier(() => Promise.resolve('busy'));
    for (let time = 0; time < 4; time += 1) {
      expect(outcome(await gate.decide({ password: `secret,4711${code()}` }))).toBe('reject too-busy');
    }
    gate.setPinVerifier(() => Promise.resolve('right'));
    expect(outcome(await gate.decide({ password: `secret,4711${code()}` }))).toBe('accept both-doors');
  });

  it('counts no PIN pressed in a call that nobody could look at, and lets nobody in by it', async () => {
    gate.setPolicy({ factors: ['call'], pin: true, lockout: { failures: 1, seconds: 900 } });
    await gate.setPin('alice', '4711');
    await gate.storage.users.setUser('alice', { phone: '+4512345678' });
    gate.setPinVerifier(() => Promise.resolve('busy'));
    void gate.decide({});
    await whileHeld();
    expect(await gate.desk.dialogs[0]!.checkPin!('4711')).toBe(false);
    expect((await gate.storage.users.findUserRecord('alice'))?.lockedUntilMs).toBe(0);
  });
});

describe('who is shut out', () => {
  const spellings = ['alice', 'CORP\\alice', 'alice@example.com', 'a\u0301lice', 'alice@any/realm'];
  const untilMs = 0;
  it.each([
    ['blocked', () => gate.storage.blocks.add({ username: 'alice', reason: 'x', by: 'admin', untilMs })],
    ['disabled', () => gate.storage.users.setUser('alice', { isEnabled: false })],
  ])(
    '%s stays outside under every name that a home server may take for theirs, whatever is asked for',
    async (_, end) => {
      await end();
      for (const policy of [
        { factors: [] },
        { rules: [{ when: {}, then: 'skip' as const }] },
        { unenrolled: 'allow' as const },
      ]) {
        gate.setPolicy(policy);
        for (const user of spellings)
          expect(outcome(await gate.decide({ user }))).toMatch(/^reject (blocked|user-disabled)$/);
      }
      gate.setPolicy({ factors: [] });
      expect(outcome(await gate.decide({ user: 'bob@example.com' }))).toBe('accept no-second-factor');
      await gate.addUser('CORP\\alice');
      expect(outcome(await gate.decide({ user: 'CORP\\alice' }))).toBe('accept no-second-factor');
    },
  );
});
