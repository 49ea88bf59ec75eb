import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { openGate, type Gate } from '../../support/gate.ts';

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

function stateOf({ verdict }: Decision): Buffer {
  if (verdict.kind !== 'challenge') throw new Error(`no challenge but ${verdict.kind} ${verdict.reason}`);
  return verdict.state;
}

async function asked(user = 'alice'): Promise<Buffer> {
  return stateOf(await gate.decide({ user }));
}

async function events(): Promise<string[]> {
  const found: string[] = [];
  for await (const event of gate.storage.events.events({})) found.unshift(`${event.verdict} ${event.reason}`);
  return found;
}

const WRONG = '000000';

describe('a login through both doors', () => {
  it('asks for the passcode after the password, then accepts with the attributes of the first door', async () => {
    const question = await gate.decide({});
    expect(question.verdict).toMatchObject({ kind: 'challenge', reason: 'passcode-asked', echo: true });
    const answer = await gate.decide({ password: code(), state: stateOf(question) });
    expect(answer.verdict).toMatchObject({ kind: 'accept', reason: 'both-doors' });
    expect(answer.verdict).toMatchObject({
      attributes: [{ type: 25, value: Buffer.from('class of the home server') }],
    });
    expect(gate.asked).toHaveLength(1);
    expect(await events()).toEqual(['challenge passcode-asked', 'accept both-doors']);
  });

  it('writes who, with what, where from and how long into the event', async () => {
    const { event } = await gate.decide({ password: code(), state: await asked() });
    expect(event).toMatchObject({
      verdict: 'accept',
      server: 'gate-1',
      username: 'alice',
      email: 'alice@example.com',
      token: 'APP-alice',
      factor: 'totp',
      client: 'vpn',
      clientAddress: '127.0.0.1',
      primary: 'door',
    });
  });

  it('rejects a wrong password without asking for a passcode, and shows the request id', async () => {
    const { verdict } = await gate.decide({ password: 'guess' });
    expect(verdict).toMatchObject({ kind: 'reject', reason: 'primary-rejected' });
    expect(verdict).toMatchObject({ message: expect.stringContaining('request-1') as string });
  });

  it('rejects what is no user name', async () => {
    expect(outcome(await gate.decide({ user: '' }))).toBe('reject username-invalid');
    expect(outcome(await gate.decide({ user: 'alice\nroot' }))).toBe('reject username-invalid');
    expect(gate.asked).toHaveLength(0);
  });

  it('refuses the disabled and the unenrolled', async () => {
    await gate.storage.users.addUser('bob', {});
    expect(outcome(await gate.decide({ user: 'bob' }))).toBe('reject unenrolled');
    await gate.storage.users.setUser('alice', { isEnabled: false });
    expect(outcome(await gate.decide({}))).toBe('reject user-disabled');
  });

  it('never gives a password to the first door that answers our question', async () => {
    const state = await asked();
    await gate.decide({ password: WRONG, state });
    expect(gate.asked).toHaveLength(1);
  });
});

describe('wrong answers', () => {
  it('are allowed three times a challenge', async () => {
    let state = await asked();
    for (const guess of ['000001', '000002']) {
      const again = await gate.decide({ password: guess, state });
      expect(outcome(again)).toBe('challenge passcode-asked-again');
      state = stateOf(again);
    }
    expect(outcome(await gate.decide({ password: '000003', state }))).toBe('reject passcode-wrong');
  });

  it('leave the right passcode welcome afterwards', async () => {
    const state = stateOf(await gate.decide({ password: WRONG, state: await asked() }));
    expect(outcome(await gate.decide({ password: code(), state }))).toBe('accept both-doors');
  });

  it('lock the user out across challenges, and time unlocks', async () => {
    for (const guesses of [['000001', '000002', '000003'], ['000004']]) {
      let state = await asked();
      for (const guess of guesses) {
        const decision = await gate.decide({ password: guess, state });
        if (decision.verdict.kind === 'challenge') state = decision.verdict.state;
      }
    }
    const state = await asked();
    expect(outcome(await gate.decide({ password: '000005', state }))).toBe('reject locked-out');
    expect(outcome(await gate.decide({}))).toBe('reject locked-out');
    await gate.clock.advance(901_000);
    expect(outcome(await gate.decide({}))).toBe('challenge passcode-asked');
  });

  it('that come all at once open no more guesses than one after the other', async () => {
    const states = await Promise.all(Array.from({ length: 40 }, () => asked()));
    const guesses = states.map((state, index) => gate.decide({ password: String(100000 + index), state }));
    const outcomes = (await Promise.all(guesses)).map(outcome);
    expect(outcomes.filter((found) => found === 'challenge passcode-asked-again')).toHaveLength(4);
    expect(outcomes.filter((found) => found === 'reject locked-out')).toHaveLength(36);
    expect(outcome(await gate.decide({ password: code(), state: states[0] }))).toBe('reject locked-out');
  });

  it('do not count when they repeat: the same code, the password, nothing', async () => {
    let state = stateOf(await gate.decide({ password: WRONG, state: await asked() }));
    for (const password of [WRONG, 'secret', '', WRONG, 'secret']) {
      state = stateOf(await gate.decide({ password, state }));
    }
    expect(outcome(await gate.decide({ password: code(), state }))).toBe('accept both-doors');
    expect((await gate.storage.users.findUserRecord('alice'))?.failures).toBe(0);
  });

  it('of the first door count for a user of ours, the same wrong password but once', async () => {
    for (let times = 0; times < 10; times += 1) await gate.decide({ password: 'stale' });
    expect((await gate.storage.users.findUserRecord('alice'))?.failures).toBe(1);
    for (const password of ['b', 'c', 'd', 'e']) await gate.decide({ password });
    expect(outcome(await gate.decide({ password: 'secret' }))).toBe('reject locked-out');
  });

  it.each([{ factors: ['totp'] as const }, { factors: [] }])(
    'of the first door keep out the right password that comes while they are still being written: %j',
    async ({ factors }) => {
      gate.setPolicy({ factors });
      const guesses = ['a', 'b', 'c', 'd', 'e', 'secret'].map((password) => gate.decide({ password }));
      expect(outcome((await Promise.all(guesses)).at(-1)!)).toBe('reject locked-out');
    },
  );
});

describe('a user who goes while the first door is asked', () => {
  it.each([
    ['disabled', () => gate.storage.users.setUser('alice', { isEnabled: false })],
    ['deleted', () => gate.storage.users.deleteUser('alice')],
    ['deleted and made anew', () => gate.storage.users.deleteUser('alice').then(() => gate.addUser('alice'))],
  ] as const)('stays outside: %s', async (_, goes) => {
    gate.setPolicy({ factors: [] });
    gate.answerFirstDoor(async () => {
      await goes();
      return { kind: 'accepted', attributes: [] };
    });
    expect(outcome(await gate.decide({}))).toBe('reject user-disabled');
  });
});

describe('a user who is deleted and made anew while a question is open', () => {
  it('is another one, who answers nothing that the first was asked', async () => {
    const state = await asked();
    await gate.storage.blocks.add({ username: 'alice', reason: 'fraud', by: 'user', untilMs: 0 });
    await gate.storage.users.deleteUser('alice');
    const codeOfNew = await gate.addUser('alice');
    expect(outcome(await gate.decide({ password: codeOfNew(), state }))).toBe('reject challenge-expired');
    expect(outcome(await gate.decide({ password: `secret,${codeOfNew()}` }))).toBe('accept both-doors');
  });
});

describe('one time means once', () => {
  it('for a passcode', async () => {
    const first = await asked();
    const second = await asked();
    const passcode = code();
    expect(outcome(await gate.decide({ password: passcode, state: first }))).toBe('accept both-doors');
    expect(outcome(await gate.decide({ password: passcode, state: second }))).toBe('challenge passcode-asked-again');
  });

  it('for a passcode sent by many at the same time', async () => {
    const states = await Promise.all(Array.from({ length: 20 }, () => asked()));
    const passcode = code();
    const outcomes = await Promise.all(states.map((state) => gate.decide({ password: passcode, state })));
    expect(outcomes.map(outcome).filter((found) => found.startsWith('accept'))).toHaveLength(1);
  });

  it('for a passcode that two tokens of the user show', async () => {
    const [token] = await gate.storage.vault.exportTokens('alice');
    const { id: userId } = (await gate.storage.users.findUserRecord('alice'))!;
    await gate.storage.tokens.addToken({ ...token!, userId, serial: 'COPY-alice', nextCounter: 0 });
    const passcode = code();
    const states = [await asked(), await asked(), await asked()] as const;
    const answers = states.slice(0, 2).map((state) => gate.decide({ password: passcode, state }));
    const outcomes = (await Promise.all(answers)).map(outcome).toSorted();
    expect(outcomes).toEqual(['accept both-doors', 'challenge passcode-asked-again']);
    expect(outcome(await gate.decide({ password: passcode, state: states[2] }))).toBe('challenge passcode-asked-again');
    expect(outcome(await gate.decide({ password: `secret,${code(1)}` }))).toBe('accept both-doors');
  });

  it('for a passcode after the wall clock jumped back', async () => {
    const passcode = code();
    await gate.decide({ password: passcode, state: await asked() });
    gate.clock.jumpWall(-30_000);
    expect(outcome(await gate.decide({ password: passcode, state: await asked() }))).toMatch(/^challenge/);
    expect(outcome(await gate.decide({ password: code(), state: await asked() }))).toMatch(/^challenge/);
  });

  it('for a State', async () => {
    const state = await asked();
    const passcode = code();
    expect(outcome(await gate.decide({ password: passcode, state }))).toBe('accept both-doors');
    expect(outcome(await gate.decide({ password: passcode, state }))).toBe('reject challenge-spent');
    expect(outcome(await gate.decide({ password: code(1), state }))).toBe('reject challenge-spent');
  });

  it('for a State answered twice at the same time: one is decided, the other gets silence', async () => {
    const state = await asked();
    const passcode = code();
    const both = await Promise.all([
      gate.decide({ password: passcode, state }),
      gate.decide({ password: passcode, state }),
    ]);
    expect(both.map(outcome).sort()).toEqual(['accept both-doors', 'silence answer-in-progress']);
  });

  it('but the same wrong answer sent again gets the same question again', async () => {
    const state = await asked();
    const first = await gate.decide({ password: WRONG, state });
    const again = await gate.decide({ password: WRONG, state });
    expect(stateOf(again)).toEqual(stateOf(first));
    expect((await gate.storage.users.findUserRecord('alice'))?.failures).toBe(1);
  });
});

describe('a State', () => {
  it('of another client or of another user opens nothing and stays good for its owner', async () => {
    const bobs = await gate.addUser('bob');
    const state = await asked();
    const elsewhere = await gate.decide({ password: code(), state, client: { name: 'other' } });
    expect(outcome(elsewhere)).toBe('reject challenge-mismatched');
    expect(outcome(await gate.decide({ user: 'bob', password: bobs(), state }))).toBe('reject challenge-mismatched');
    expect(outcome(await gate.decide({ user: 'ALICE', password: code(), state }))).toBe('accept both-doors');
  });

  it('that is forged or expired is rejected, and its passcode goes to nobody', async () => {
    const forged = Buffer.from(await asked());
    forged[10] = forged[10]! ^ 1;
    expect(outcome(await gate.decide({ password: code(), state: forged }))).toBe('reject state-forged');
    const state = await asked();
    await gate.clock.advance(300_000);
    expect(outcome(await gate.decide({ password: code(), state }))).toBe('reject challenge-expired');
    expect(gate.asked).toHaveLength(2);
  });

  it('of another server is refused, never accepted', async () => {
    const other = await openGate('gate-2');
    await other.addUser('alice');
    const state = stateOf(await other.decide({}));
    await other.close();
    expect(outcome(await gate.decide({ password: code(), state }))).toBe('reject state-forged');
  });

  it('that is not ours counts as absent: the password is a password', async () => {
    const foreign = Buffer.from('some other state');
    expect(outcome(await gate.decide({ state: foreign }))).toBe('challenge passcode-asked');
  });

  it('is not handed out when too many are waiting', async () => {
    const small = await openGate('gate-1', { maxPending: 1 });
    await small.addUser('alice');
    expect(outcome(await small.decide({}))).toBe('challenge passcode-asked');
    expect(outcome(await small.decide({}))).toBe('reject too-busy');
    await small.close();
  });

  it('does not outlive its user', async () => {
    const state = await asked();
    await gate.storage.users.setUser('alice', { isEnabled: false });
    expect(outcome(await gate.decide({ password: code(), state }))).toBe('reject user-disabled');
    const bobs = await gate.addUser('bob');
    const gone = await asked('bob');
    await gate.storage.users.deleteUser('bob');
    expect(outcome(await gate.decide({ user: 'bob', password: bobs(), state: gone }))).toBe('reject challenge-expired');
  });
});

describe('a passcode beside the password', () => {
  it.each([
    ['behind the delimiter', (passcode: string) => `secret,${passcode}`],
    ['glued', (passcode: string) => `secret${passcode}`],
    [
      'as OpenVPN’s static challenge',
      (passcode: string) =>
        `SCRV1:${Buffer.from('secret').toString('base64')}:${Buffer.from(passcode).toString('base64')}`,
    ],
  ])('%s is accepted at once, with one question to the first door', async (_, field) => {
    expect(outcome(await gate.decide({ password: field(code()) }))).toBe('accept both-doors');
    expect(gate.asked).toHaveLength(1);
    expect(gate.asked[0]?.credentials).toEqual({ kind: 'pap', password: Buffer.from('secret') });
  });

  it('that is wrong is asked for again, and counts', async () => {
    expect(outcome(await gate.decide({ password: `secret,${WRONG}` }))).toBe('challenge passcode-asked-again');
    expect((await gate.storage.users.findUserRecord('alice'))?.failures).toBe(1);
  });

  it('glued and wrong costs one question to the first door, and counts as a guess', async () => {
    for (let guess = 0; guess < 5; guess += 1) await gate.decide({ password: `secret${100000 + guess}` });
    expect(gate.asked).toHaveLength(5);
    expect(outcome(await gate.decide({ password: `secret${code()}` }))).toBe('reject locked-out');
  });

  it('glued and wrong gets no second chance when time makes it right: repeating it costs no failure', async () => {
    const soon = code(10);
    expect(outcome(await gate.decide({ password: `secret${soon}` }))).toBe('reject primary-rejected');
    await gate.clock.advance(300_000);
    expect(soon).toBe(code());
    expect(outcome(await gate.decide({ password: `secret${soon}` }))).toBe('reject primary-rejected');
    expect(gate.asked.map(({ credentials }) => credentials)).toEqual([gate.asked[0]?.credentials, gate.asked[0]?.credentials]); // prettier-ignore
    expect((await gate.storage.users.findUserRecord('alice'))?.failures).toBe(1);
    expect(outcome(await gate.decide({ password: `secret${code(1)}` }))).toBe('accept both-doors');
  });

  it('is needed where the client cannot show a challenge', async () => {
    const client = { challenge: false };
    expect(outcome(await gate.decide({ client }))).toBe('reject challenge-unsupported');
    expect(outcome(await gate.decide({ client, password: `secret,${WRONG}` }))).toBe('reject passcode-wrong');
    expect(outcome(await gate.decide({ client, password: `secret,${code()}` }))).toBe('accept both-doors');
  });

  it('may be switched off', async () => {
    const client = { passcodeDelimiter: undefined, gluedPasscode: false };
    expect(outcome(await gate.decide({ client, password: `secret,${code()}` }))).toBe('reject primary-rejected');
    expect(outcome(await gate.decide({ client, password: `secret${code()}` }))).toBe('reject primary-rejected');
  });

  it('with a right passcode and a wrong password is rejected, and the passcode stays unspent', async () => {
    expect(outcome(await gate.decide({ password: `guess,${code()}` }))).toBe('reject primary-rejected');
    expect(outcome(await gate.decide({ password: `secret,${code()}` }))).toBe('accept both-doors');
  });
});

describe('a first door that checks no password', () => {
  beforeEach(() => gate.setPasswordless());

  it('asks everybody for a passcode', async () => {
    expect(outcome(await gate.decide({ password: undefined }))).toBe('challenge passcode-asked');
    expect(outcome(await gate.decide({ password: 'anything' }))).toBe('challenge passcode-asked');
  });

  it('takes a password that is a passcode for one, and counts wrong ones', async () => {
    for (let guess = 0; guess < 4; guess += 1) {
      expect(outcome(await gate.decide({ password: String(100000 + guess) }))).toBe('challenge passcode-asked-again');
    }
    expect(outcome(await gate.decide({ password: '100004' }))).toBe('reject locked-out');
    await gate.clock.advance(901_000);
    expect(outcome(await gate.decide({ password: code() }))).toBe('accept both-doors');
  });
});

describe('a passcode glued to a password that nobody checks', () => {
  const guesses = async (): Promise<string[]> => {
    const fields = ['x000000', 'x000001', 'x000002', 'x000003', 'x000004', 'x000005', `x${code()}`];
    return (await Promise.all(fields.map((password) => gate.decide({ password })))).map(outcome);
  };

  it('opens nothing at a first door that checks none: guessing would cost no failure', async () => {
    gate.setPasswordless();
    expect(new Set(await guesses())).toEqual(new Set(['challenge passcode-asked']));
    expect(outcome(await gate.decide({ password: code() }))).toBe('accept both-doors');
  });

  it('opens nothing while the first door cannot say and the policy lets the second alone decide', async () => {
    gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'no answer' }));
    gate.setPolicy({ unavailable: 'allow' });
    expect(new Set(await guesses())).toEqual(new Set(['challenge passcode-asked']));
    expect(outcome(await gate.decide({ password: `x,${code()}` }))).toBe('accept both-doors');
  });
});

describe('policies', () => {
  it('without factors accept after the first door alone', async () => {
    gate.setPolicy({ factors: [] });
    expect(outcome(await gate.decide({}))).toBe('accept no-second-factor');
    expect(outcome(await gate.decide({ password: 'guess' }))).toBe('reject primary-rejected');
    expect(outcome(await gate.decide({ password: `secret,123456` }))).toBe('reject primary-rejected');
  });

  it('that allow the unenrolled let in who owns no token at all, and nobody whose token is disabled or of another kind', async () => {
    gate.setPolicy({ unenrolled: 'allow' });
    expect(outcome(await gate.decide({ user: 'stranger' }))).toBe('accept unenrolled-allowed');
    await gate.storage.tokens.setTokenEnabled('APP-alice', false);
    expect(outcome(await gate.decide({}))).toBe('reject unenrolled');
    await gate.storage.tokens.setTokenEnabled('APP-alice', true);
    gate.setPolicy({ unenrolled: 'allow', factors: ['hotp'] });
    expect(outcome(await gate.decide({}))).toBe('reject unenrolled');
  });

  it('decide what happens when the first door cannot say', async () => {
    gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'no answer' }));
    expect(outcome(await gate.decide({}))).toBe('reject primary-unavailable');
    gate.setPolicy({ unavailable: 'silence' });
    expect(outcome(await gate.decide({}))).toBe('silence unavailable-silent');
    gate.setPolicy({ unavailable: 'allow' });
    const question = await gate.decide({});
    expect(outcome(question)).toBe('challenge passcode-asked');
    const { event } = await gate.decide({ password: code(), state: stateOf(question) });
    expect(event).toMatchObject({ verdict: 'accept', primaryPassedUnavailable: true });
  });

  it('leave the cause in the log when the first door cannot say', async () => {
    const lines: object[] = [];
    const warn = (fields: object): void => void lines.push(fields);
    const told = await openGate('gate-1', { logger: { ...silentLogger, warn } });
    told.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'a malformed hidden attribute' }));
    for (let times = 0; times < 3; times += 1) await told.decide({});
    await told.clock.advance(60_000);
    await told.decide({});
    await told.close();
    const line = { primary: 'door', cause: 'a malformed hidden attribute' };
    expect(lines).toEqual([
      { requestId: 'request-1', ...line, unlogged: 0 },
      { requestId: 'request-4', ...line, unlogged: 2 },
    ]);
  });

  it('never open both doors at once when the first cannot say', async () => {
    gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'no answer' }));
    gate.setPolicy({ unavailable: 'allow', unenrolled: 'allow' });
    expect(outcome(await gate.decide({ user: 'stranger' }))).toMatch(/^reject/);
    gate.setPolicy({ unavailable: 'allow', factors: [] });
    expect(outcome(await gate.decide({}))).toBe('reject primary-unavailable');
  });
});

describe('a home server’s own question', () => {
  const conversation = { primary: 'door', server: '127.0.0.1:1812', state: Buffer.from('their state') };

  beforeEach(() => {
    gate.answerFirstDoor((request) => {
      if (request.conversation === undefined) {
        return { kind: 'challenged', conversation, attributes: [{ type: 18, value: Buffer.from('New PIN?') }] };
      }
      const isRight = request.credentials.kind === 'pap' && request.credentials.password.toString() === '4711';
      return isRight
        ? { kind: 'accepted', attributes: [] }
        : { kind: 'rejected', reason: 'rejected-upstream', attributes: [{ type: 18, value: Buffer.from('No.') }] };
    });
  });

  it('is relayed in its words under our State, its answer goes back under its own, and our door follows', async () => {
    const question = await gate.decide({});
    expect(question.verdict).toMatchObject({ reason: 'home-server-asks', relayed: [{ type: 18 }] });
    const ours = await gate.decide({ password: '4711', state: stateOf(question) });
    expect(gate.asked[1]).toMatchObject({ conversation, credentials: { password: Buffer.from('4711') } });
    expect(outcome(ours)).toBe('challenge passcode-asked');
    expect(outcome(await gate.decide({ password: 'secret', state: stateOf(ours) }))).toMatch(/^challenge/);
  });

  it('answered wrongly ends with the home server’s words', async () => {
    const { verdict } = await gate.decide({ password: '0815', state: await asked() });
    expect(verdict).toMatchObject({ reason: 'primary-rejected', attributes: [{ value: Buffer.from('No.') }] });
  });
});

describe('a store that fails', () => {
  it('lets nobody in', async () => {
    const state = await asked();
    await gate.storage.close();
    expect(outcome(await gate.decide({ password: code(), state }))).toBe('reject storage-failed');
    expect(outcome(await gate.decide({}))).toBe('reject storage-failed');
    gate.setPolicy({ factors: [] });
    expect(outcome(await gate.decide({ user: 'stranger' }))).toBe('reject storage-failed');
  });
});
