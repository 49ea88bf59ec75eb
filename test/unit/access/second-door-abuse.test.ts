import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import { openGate, type Gate } from '../../support/gate.ts';

/* What somebody who knows a password, a phone number or a dial tone tries at the second door. */

let gate: Gate;
let code: (steps?: number) => string;

beforeEach(async () => {
  gate = await openGate();
  code = await gate.addUser('alice');
  await gate.storage.users.setUser('alice', { phone: '+4512345678' });
});
afterEach(() => gate.close());

function outcome({ verdict }: Decision): string {
  return `${verdict.kind} ${verdict.reason}`;
}

function stateOf({ verdict }: Decision): Buffer {
  if (verdict.kind !== 'challenge') throw new Error(`no challenge but ${verdict.kind} ${verdict.reason}`);
  return verdict.state;
}

async function whileHeld(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function events(): Promise<string[]> {
  const found: string[] = [];
  for await (const event of gate.storage.events.events({})) found.unshift(`${event.verdict} ${event.reason}`);
  return found;
}

async function giveCode(kind: 'backup' | 'bypass' | 'app-password', text: string, client?: string): Promise<void> {
  const userId = gate.storage.directory.findUser('alice')?.id ?? -1;
  const digest = gate.storage.codeDigest(userId, text);
  await gate.storage.codes.addCode({ userId, kind, digest, label: 't', expiresAtMs: 0, ...(client && { client }) });
}

describe('a phone that is asked', () => {
  beforeEach(async () => {
    await gate.addPhone('alice');
    gate.setPolicy({ factors: ['push', 'totp'] });
  });

  it('is told of a refused approval once in the log', async () => {
    const held = gate.decide({});
    await whileHeld();
    await gate.storage.tokens.deleteToken('PHONE-alice');
    gate.desk.tap({ kind: 'approved' });
    expect(outcome(await held)).toBe('reject locked-out');
    expect(await events()).toEqual(['reject locked-out']);
  });

  it('that showed a code and was removed then lets nobody in by it', async () => {
    gate.setDelivery({ push: { ttlMs: 60_000, numberMatching: false, codeToPhone: true } });
    const question = await gate.decide({});
    const receipt = gate.desk.tap({ kind: 'approved' });
    const shown = receipt.kind === 'taken' ? (receipt.code ?? '') : '';
    await gate.storage.tokens.deleteToken('PHONE-alice');
    expect(outcome(await gate.decide({ password: shown, state: stateOf(question) }))).toBe('reject challenge-expired');
  });

  it('approves for one user, client and station alone', async () => {
    gate.setLimits({ fatigue: { unanswered: 0, pauseMs: 0 } });
    await gate.addUser('bob');
    await gate.addPhone('bob');
    const mine = gate.decide({ station: '10.0.0.7' });
    await whileHeld();
    const { id } = gate.desk.prompts[0]!;
    const others = [
      gate.decide({ user: 'bob', station: '10.0.0.7', client: { timeoutSeconds: 20 } }),
      gate.decide({ station: '10.0.0.7', client: { name: 'other', timeoutSeconds: 20 } }),
      gate.decide({ station: '10.0.0.8', client: { timeoutSeconds: 20 } }),
      gate.decide({ client: { timeoutSeconds: 20 } }),
    ];
    await whileHeld();
    expect(gate.desk.prompts).toHaveLength(5);
    gate.open.answered(id, { kind: 'approved' });
    expect(outcome(await mine)).toBe('accept both-doors');
    await gate.clock.advance(18_000);
    for (const other of await Promise.all(others)) expect(outcome(other)).toBe('challenge approval-asked');
  });

  it('approves for one attempt alone where the NAS tells no station: the other may be somebody else', async () => {
    const held = [gate.decide({ client: { timeoutSeconds: 20 } }), gate.decide({ client: { timeoutSeconds: 20 } })];
    await whileHeld();
    expect(gate.desk.prompts).toHaveLength(2);
    gate.desk.tap({ kind: 'approved' });
    await gate.clock.advance(18_000);
    const outcomes = (await Promise.all(held)).map(outcome);
    expect(outcomes.toSorted()).toEqual(['accept both-doors', 'challenge approval-asked']);
  });

  it('tells stations apart that are no text', async () => {
    const held = [Buffer.of(0xf0, 0x01), Buffer.of(0xf1, 0x01)].map((station) => gate.decide({ station }));
    await whileHeld();
    expect(gate.desk.prompts).toHaveLength(2);
    gate.desk.prompts.forEach(({ id }) => gate.open.answered(id, { kind: 'denied' }));
    await Promise.all(held);
  });

  it('is shown no control characters and no endless text of a station', async () => {
    const held = gate.decide({ station: `10.0.0.7\r\nApprove \u202e${'x'.repeat(200)}` });
    await whileHeld();
    const { address = '', body } = gate.desk.prompts[0]!;
    expect(address.length).toBeLessThanOrEqual(64);
    expect(body + address).not.toMatch(/[\u0000-\u001f\u202e]/);
    gate.desk.tap({ kind: 'denied' });
    await held;
  });

  it('stops showing the question once a passcode was typed instead', async () => {
    const question = await gate.decide({ client: { outOfBand: 'ask' } });
    expect(outcome(await gate.decide({ password: code(), state: stateOf(question) }))).toBe('accept both-doors');
    expect(gate.desk.withdrawn).toHaveLength(1);
    expect(gate.open.count()).toBe(0);
  });

  it('is not asked before the first door is open', async () => {
    expect(outcome(await gate.decide({ password: 'wrong,push' }))).toBe('reject primary-rejected');
    gate.setPolicy({ factors: ['push', 'sms', 'totp'], unavailable: 'allow' });
    gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'silent' }));
    for (const password of ['wrong', 'wrong,push', 'wrong,sms']) {
      const question = await gate.decide({ password });
      for (const word of ['push', 'sms', 'resend']) await gate.decide({ password: word, state: stateOf(question) });
    }
    const question = await gate.decide({});
    expect(gate.desk.prompts).toEqual([]);
    expect(gate.desk.texts).toEqual([]);
    expect(outcome(await gate.decide({ password: code(), state: stateOf(question) }))).toBe('accept both-doors');
    gate.setPolicy({ factors: ['push'], unavailable: 'allow' });
    expect(outcome(await gate.decide({}))).toBe('reject primary-unavailable');
  });

  it('reports fraud also where that blocks for no time', async () => {
    gate.setPolicy({ factors: ['push', 'totp'], fraudBlockDays: 0 });
    const held = gate.decide({});
    await whileHeld();
    gate.desk.tap({ kind: 'fraud-reported' });
    expect(outcome(await held)).toBe('reject fraud-reported');
    expect(outcome(await gate.decide({ password: `secret,${code()}` }))).toBe('accept both-doors');
  });

  it('that said no is not turned by a second answer', async () => {
    const held = gate.decide({});
    await whileHeld();
    gate.desk.tap({ kind: 'denied' });
    expect(gate.desk.tap({ kind: 'approved' })).toEqual({ kind: 'late' });
    expect(outcome(await held)).toBe('reject approval-denied');
  });

  it('is answered for in time by a client of little patience', async () => {
    for (const timeoutSeconds of [1, 2, 3]) {
      const held = gate.decide({ client: { timeoutSeconds, challenge: false } });
      await whileHeld();
      await gate.clock.advance(timeoutSeconds * 1_000 - 500);
      expect(outcome(await held)).toBe('reject approval-timeout');
    }
    expect(gate.open.count()).toBe(0);
  });
});

describe('a call that asks for the PIN', () => {
  beforeEach(async () => {
    gate.setPolicy({ factors: ['call', 'totp'], pin: true });
    await gate.setPin('alice', '4711');
  });

  it('counts wrong ones, and takes none from who is locked out by them', async () => {
    const held = gate.decide({});
    await whileHeld();
    const { checkPin, ended } = gate.desk.dialogs[0]!;
    for (let guess = 0; guess < 5; guess += 1) expect(await checkPin?.(`472${guess}`)).toBe(false);
    expect(gate.storage.directory.findUser('alice')?.lockedUntilMs).toBeGreaterThan(gate.clock.nowMs());
    expect(await checkPin?.('4711')).toBe(true);
    ended('approved');
    expect(outcome(await held)).toBe('reject locked-out');
  });
});

describe('a call or a message to be answered', () => {
  it.each(['call', 'sms'] as const)('lets nobody in by a %s to a phone that was lost meanwhile', async (factor) => {
    gate.setPolicy({ factors: [factor, 'totp'] });
    gate.setDelivery({ sms: { ttlMs: 300_000, mode: 'reply' } });
    const held = gate.decide({});
    await whileHeld();
    await gate.storage.users.forgetPhone('alice');
    const [asked] = gate.open.list();
    gate.open.answered(asked?.id ?? '', { kind: 'approved', choice: asked?.number ?? '' });
    expect(outcome(await held)).toBe('reject locked-out');
  });
});

describe('a passcode that was sent', () => {
  beforeEach(() => gate.setPolicy({ factors: ['sms', 'totp'] }));

  it('is good for one of two answers at the same time', async () => {
    const questions = [await gate.decide({}), await gate.decide({})];
    const password = gate.desk.lastPasscode();
    const answers = await Promise.all(questions.map((question) => gate.decide({ password, state: stateOf(question) })));
    expect(answers.map(outcome).toSorted()).toEqual(['accept both-doors', 'challenge passcode-asked-again']);
  });

  it.each([
    ['the phone is lost', () => gate.storage.users.forgetPhone('alice')],
    ['the password is another', () => gate.storage.users.setUser('alice', { passwordHash: '$argon2id$other' })],
    [
      'the user was blocked for a while',
      async () => {
        await gate.storage.blocks.add({ username: 'alice', reason: 'x', by: 'admin', untilMs: 0 });
        await gate.storage.blocks.remove('alice');
      },
    ],
  ])('opens nothing any more once %s, neither in its challenge nor in another', async (_, step) => {
    const state = stateOf(await gate.decide({}));
    const passcode = gate.desk.lastPasscode();
    await step();
    expect(outcome(await gate.decide({ password: passcode, state }))).toBe('reject challenge-expired');
    expect(outcome(await gate.decide({ password: `secret,${passcode}` }))).toBe('challenge passcode-asked-again');
    const other = stateOf(await gate.decide({}));
    expect(outcome(await gate.decide({ password: passcode, state: other }))).toBe('challenge passcode-asked-again');
    const last = stateOf(await gate.decide({}));
    expect(outcome(await gate.decide({ password: code(), state: last }))).toBe('accept both-doors');
  });

  it('is nothing in the challenge of another client', async () => {
    await gate.decide({});
    const password = gate.desk.lastPasscode();
    const other = await gate.decide({ client: { name: 'other' } });
    const answer = await gate.decide({ password, state: stateOf(other), client: { name: 'other' } });
    expect(outcome(answer)).toBe('challenge passcode-asked-again');
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['was lost', 'challenge passcode-asked-again', () => gate.storage.users.forgetPhone('alice')],
    ['is another one by now', 'reject locked-out', () => gate.storage.users.setUser('alice', { phone: '+4587654321' })],
    ['belongs to who had the name before', 'reject locked-out', replaceAlice],
  ])('lets nobody in when the phone that it went to %s', async (_, refusal, change) => {
    const question = await gate.decide({ station: '10.0.0.7' });
    const asked = gate.desk.lastPasscode();
    await gate.decide({ station: '10.0.0.8' });
    await change();
    const answer = await gate.decide({ password: asked, state: stateOf(question), station: '10.0.0.7' });
    expect(outcome(answer)).toMatch(/^reject (locked-out|challenge-expired)$/);
    const behind = await gate.decide({ password: `secret,${gate.desk.lastPasscode()}`, station: '10.0.0.8' });
    expect(outcome(behind)).toBe(refusal);
  });

  async function replaceAlice(): Promise<void> {
    await gate.storage.users.deleteUser('alice');
    await gate.addUser('alice');
    await gate.storage.users.setUser('alice', { phone: '+4587654321' });
  }

  it.each(['', 'resend'])('is another one for another number: %j', async (word) => {
    const question = await gate.decide({});
    const old = gate.desk.lastPasscode();
    await gate.storage.users.setUser('alice', { phone: '+4587654321' });
    const next = await gate.decide(word === '' ? {} : { password: word, state: stateOf(question) });
    expect(gate.desk.texts.map(({ to }) => to)).toEqual(['+4512345678', '+4587654321']);
    const password = gate.desk.lastPasscode();
    expect(password).not.toBe(old);
    expect(outcome(await gate.decide({ password, state: stateOf(next) }))).toBe('accept both-doors');
  });

  it('leaves nothing behind when sending fails', async () => {
    gate.desk.outcome = { kind: 'undelivered', problem: 'no' };
    await gate.decide({});
    gate.desk.sendText = () => Promise.reject(new Error('broken'));
    expect(outcome(await gate.decide({}))).toBe('reject internal-error');
    expect(gate.open.count()).toBe(0);
  });

  it('is not sent more often by asking in other spellings of the name', async () => {
    await gate.decide({ user: 'alice' });
    await gate.decide({ user: 'ALICE' });
    await gate.decide({ user: 'Alice' });
    expect(gate.desk.texts).toHaveLength(1);
  });
});

describe('codes', () => {
  it('a revoked app password opens nothing, nor one of who is locked or disabled', async () => {
    await giveCode('app-password', 'ABCDEFGHJKLMNPQR', 'vpn');
    const password = 'ABCDEFGHJKLMNPQR';
    await gate.storage.users.setUser('alice', { isEnabled: false });
    expect(outcome(await gate.decide({ password }))).toBe('reject user-disabled');
    await gate.storage.users.setUser('alice', { isEnabled: true });
    for (let guess = 0; guess < 5; guess += 1) await gate.decide({ password: `BBBBEFGHJKLMNPQ${guess + 2}` });
    expect(outcome(await gate.decide({ password }))).toBe('reject locked-out');
  });

  it('a bypass code lets in who has nothing else, once, also where nobody is let in without', async () => {
    await gate.storage.tokens.deleteToken('APP-alice');
    await giveCode('bypass', 'ABCDEFGH23');
    for (const unenrolled of ['deny', 'allow', 'enrol'] as const) {
      gate.setPolicy({ factors: ['totp'], unenrolled });
      expect(outcome(await gate.decide({}))).toBe('challenge passcode-asked');
    }
    const questions = [await gate.decide({}), await gate.decide({})];
    const answers = questions.map((question) => gate.decide({ password: 'ABCDEFGH23', state: stateOf(question) }));
    const outcomes = (await Promise.all(answers)).map(outcome);
    expect(outcomes.filter((text) => text === 'accept both-doors')).toHaveLength(1);
    expect(gate.invited).toEqual([]);
  });
});

describe('enrolment at the login', () => {
  beforeEach(() => gate.setPolicy({ factors: ['totp'], unenrolled: 'enrol' }));

  it('is offered to nobody whose token is disabled, nor beside a pending one', async () => {
    await gate.storage.tokens.setTokenEnabled('APP-alice', false);
    expect(outcome(await gate.decide({}))).toBe('reject unenrolled');
    await gate.addPendingPhone('alice');
    expect(outcome(await gate.decide({}))).toBe('reject not-activated');
    expect(gate.invited).toEqual([]);
  });

  it('goes on for nobody who was disabled meanwhile', async () => {
    await gate.storage.tokens.deleteToken('APP-alice');
    const question = await gate.decide({});
    await gate.storage.users.setUser('alice', { isEnabled: false });
    expect(outcome(await gate.decide({ password: '', state: stateOf(question) }))).toBe('reject user-disabled');
  });
});
