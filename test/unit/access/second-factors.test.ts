import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { openGate, type Gate } from '../../support/gate.ts';

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

describe('a passcode by SMS', () => {
  beforeEach(() => gate.setPolicy({ factors: ['sms', 'totp'] }));

  it('is sent, asked for, and lets in once', async () => {
    const question = await gate.decide({});
    expect(outcome(question)).toBe('challenge passcode-sent-asked');
    expect(messageOf(question)).toBe('Enter the passcode from the text message.');
    expect(gate.desk.texts).toMatchObject([{ channel: 'sms', to: '+4512345678' }]);
    const passcode = gate.desk.lastPasscode();
    const accepted = await gate.decide({ password: passcode, state: stateOf(question) });
    expect(outcome(accepted)).toBe('accept both-doors');
    expect(accepted.event).toMatchObject({ factor: 'sms' });
    const again = await gate.decide({});
    expect(gate.desk.lastPasscode()).not.toBe(passcode);
    expect(outcome(await gate.decide({ password: passcode, state: stateOf(again) }))).toBe(
      'challenge passcode-asked-again',
    );
  });

  it('is sent once for one login: also for another attempt of the same user, client and station', async () => {
    const [first, second] = await Promise.all([
      gate.decide({ station: '10.0.0.7' }),
      gate.decide({ station: '10.0.0.7' }),
    ]);
    expect(gate.desk.texts).toHaveLength(1);
    const passcode = gate.desk.lastPasscode();
    expect(outcome(await gate.decide({ password: passcode, state: stateOf(second), station: '10.0.0.7' }))).toBe(
      'accept both-doors',
    );
    expect(outcome(await gate.decide({ password: passcode, state: stateOf(first), station: '10.0.0.7' }))).toBe(
      'challenge passcode-asked-again',
    );
    await gate.decide({ station: '10.0.0.8' });
    expect(gate.desk.texts).toHaveLength(2);
  });

  it('is sent again on demand, but not within half a minute', async () => {
    const question = await gate.decide({});
    const soon = await gate.decide({ password: 'resend', state: stateOf(question) });
    expect(gate.desk.texts).toHaveLength(1);
    await gate.clock.advance(31_000);
    const passcode = gate.desk.lastPasscode();
    const later = await gate.decide({ password: 'RESEND', state: stateOf(soon) });
    expect(gate.desk.texts).toHaveLength(2);
    expect(gate.desk.lastPasscode()).toBe(passcode);
    expect(outcome(await gate.decide({ password: passcode, state: stateOf(later) }))).toBe('accept both-doors');
  });

  it('does not let in once its time is over', async () => {
    const question = await gate.decide({});
    await gate.clock.advance(300_000);
    expect(outcome(await gate.decide({ password: gate.desk.lastPasscode(), state: stateOf(question) }))).toBe(
      'reject challenge-expired',
    );
  });

  it('is guessed at no more often than the lock-out allows, over all logins that joined it', async () => {
    for (let guess = 0; guess < 5; guess += 1) {
      const question = await gate.decide({});
      await gate.decide({ password: `00000${guess}`, state: stateOf(question) });
    }
    expect(outcome(await gate.decide({}))).toBe('reject locked-out');
  });

  it('gives way to the app when it cannot be delivered', async () => {
    gate.desk.outcome = { kind: 'undelivered', problem: 'down' };
    const question = await gate.decide({});
    expect(messageOf(question)).toContain('Nothing could be sent. Enter the passcode from your app');
    expect(outcome(await gate.decide({ password: code(), state: stateOf(question) }))).toBe('accept both-doors');
  });

  it('can be asked for behind the password, also where no challenge can be shown', async () => {
    gate.setPolicy({ factors: ['totp', 'sms'] });
    const client = { challenge: false };
    const sent = await gate.decide({ password: 'secret,sms', client });
    expect(outcome(sent)).toBe('reject passcode-sent');
    const password = `secret,${gate.desk.lastPasscode()}`;
    expect(outcome(await gate.decide({ password, client }))).toBe('accept both-doors');
    expect(outcome(await gate.decide({ password, client }))).toBe('reject passcode-wrong');
  });

  it('can be asked for by mail or by a call instead, behind the password', async () => {
    gate.setPolicy({ factors: ['totp', 'email', 'call'] });
    expect(outcome(await gate.decide({ password: 'secret,email' }))).toBe('challenge passcode-sent-asked');
    expect(gate.desk.texts).toMatchObject([{ channel: 'email', to: 'alice@example.com' }]);
    const held = gate.decide({ password: 'secret,call' });
    await whileHeld();
    expect(gate.desk.calls).toHaveLength(1);
    gate.desk.dialogs.at(-1)?.ended('approved');
    expect(outcome(await held)).toBe('accept both-doors');
  });

  it('is not sent for a wrong password', async () => {
    expect(outcome(await gate.decide({ password: 'guess,sms' }))).toBe('reject primary-rejected');
    expect(gate.desk.texts).toHaveLength(0);
  });
});

describe('a push', () => {
  beforeEach(async () => {
    await gate.addPhone('alice');
    gate.setPolicy({ factors: ['push', 'totp'] });
  });

  it('holds the reply until it is approved', async () => {
    const held = gate.decide({ station: '192.0.2.7' });
    await whileHeld();
    expect(gate.desk.prompts).toMatchObject([{ client: 'vpn', address: '192.0.2.7' }]);
    expect(gate.desk.tap({ kind: 'approved' })).toEqual({ kind: 'taken' });
    const decision = await held;
    expect(outcome(decision)).toBe('accept both-doors');
    expect(decision.event).toMatchObject({ factor: 'push' });
    expect(gate.desk.tap({ kind: 'approved' })).toEqual({ kind: 'late' });
  });

  it('stops being shown once the user has come in by a passcode, or says that one will come', async () => {
    const client = { outOfBand: 'ask' } as const;
    const first = await gate.decide({ client });
    const state = stateOf(first);
    expect(outcome(await gate.decide({ password: code(), state, client }))).toBe('accept both-doors');
    expect(gate.desk.withdrawn).toEqual([gate.desk.prompts[0]?.id]);
    expect(gate.desk.tap({ kind: 'approved' })).toEqual({ kind: 'late' });

    const second = await gate.decide({ client });
    await gate.decide({ password: 'code', state: stateOf(second), client });
    expect(gate.desk.withdrawn).toEqual(gate.desk.prompts.map(({ id }) => id));
    expect(gate.desk.prompts).toHaveLength(2);
  });

  it('refuses what is declined, and blocks the user who reports somebody else', async () => {
    const declined = gate.decide({});
    await whileHeld();
    gate.desk.tap({ kind: 'denied' });
    expect(outcome(await declined)).toBe('reject approval-denied');
    const reported = gate.decide({});
    await whileHeld();
    gate.desk.tap({ kind: 'fraud-reported' });
    expect(outcome(await reported)).toBe('reject fraud-reported');
    expect(outcome(await gate.decide({}))).toBe('reject blocked');
    await gate.clock.advance(89 * 86_400_000);
    expect(outcome(await gate.decide({}))).toBe('reject blocked');
  });

  it('asks for a passcode before the client gives up, and hears the phone meanwhile', async () => {
    const held = gate.decide({ client: { timeoutSeconds: 20 } });
    await whileHeld();
    await gate.clock.advance(18_000);
    const question = await held;
    expect(outcome(question)).toBe('challenge approval-asked');
    expect(messageOf(question)).toContain('not approved yet');
    gate.desk.tap({ kind: 'approved' });
    expect(outcome(await gate.decide({ password: '', state: stateOf(question) }))).toBe('accept both-doors');
  });

  it('takes the passcode of the app instead', async () => {
    const held = gate.decide({ client: { timeoutSeconds: 20 } });
    await whileHeld();
    await gate.clock.advance(18_000);
    const question = await held;
    expect(outcome(await gate.decide({ password: code(), state: stateOf(question) }))).toBe('accept both-doors');
  });

  it('that is approved after the client gave up lets nobody in', async () => {
    const held = gate.decide({ client: { challenge: false, timeoutSeconds: 20 } });
    await whileHeld();
    await gate.clock.advance(18_000);
    expect(outcome(await held)).toBe('reject approval-timeout');
    expect(gate.desk.tap({ kind: 'approved' })).toEqual({ kind: 'late' });
    expect(gate.desk.withdrawn).toHaveLength(1);
  });

  it('is one for all attempts of a login, and one approval answers them', async () => {
    const station = '10.0.0.7';
    const held = [gate.decide({ station }), gate.decide({ station }), gate.decide({ station })];
    await whileHeld();
    expect(gate.desk.prompts).toHaveLength(1);
    gate.desk.tap({ kind: 'approved' });
    for (const decision of await Promise.all(held)) expect(outcome(decision)).toBe('accept both-doors');
  });

  it('asks to come back where the client is not to be held, and one approval lets in once', async () => {
    const from = { client: { outOfBand: 'ask' }, station: '10.0.0.7' } as const;
    const first = await gate.decide(from);
    const second = await gate.decide(from);
    expect(messageOf(first)).toContain('Approve the login on your phone, then press OK.');
    gate.desk.tap({ kind: 'approved' });
    expect(outcome(await gate.decide({ password: '', state: stateOf(first), ...from }))).toBe('accept both-doors');
    expect(outcome(await gate.decide({ password: '', state: stateOf(second), ...from }))).not.toContain('accept');
  });

  it('shows a number to pick, and a wrong tap declines', async () => {
    gate.setDelivery({ push: { ttlMs: 60_000, numberMatching: true, codeToPhone: false } });
    const question = await gate.decide({});
    const number = /Pick (\d\d)/.exec(messageOf(question))?.[1] ?? '';
    const choices = gate.desk.prompts.at(-1)?.choices ?? [];
    expect(choices).toHaveLength(3);
    expect(choices).toContain(number);
    gate.desk.tap({ kind: 'approved', choice: choices.find((choice) => choice !== number) ?? '' });
    expect(outcome(await gate.decide({ password: '', state: stateOf(question) }))).toBe('reject approval-denied');
    const next = await gate.decide({});
    const right = /Pick (\d\d)/.exec(messageOf(next))?.[1] ?? '';
    gate.desk.tap({ kind: 'approved', choice: right });
    expect(outcome(await gate.decide({ password: '', state: stateOf(next) }))).toBe('accept both-doors');
  });

  it('shows a code on the phone that has to be typed', async () => {
    gate.setDelivery({ push: { ttlMs: 60_000, numberMatching: false, codeToPhone: true } });
    const question = await gate.decide({});
    const receipt = gate.desk.tap({ kind: 'approved' });
    expect(receipt).toEqual({ kind: 'taken', code: expect.stringMatching(/^\d{6}$/) as string });
    const shown = receipt.kind === 'taken' ? (receipt.code ?? '') : '';
    expect(outcome(await gate.decide({ password: shown, state: stateOf(question) }))).toBe('accept both-doors');
  });

  it('does not let in whose account was locked or whose phone was removed meanwhile', async () => {
    const held = gate.decide({});
    await whileHeld();
    await gate.storage.tokens.deleteToken('PHONE-alice');
    gate.desk.tap({ kind: 'approved' });
    expect(outcome(await held)).toBe('reject locked-out');
  });

  it('opens the second door alone where the NAS has checked the password', async () => {
    gate.setPasswordless();
    const held = gate.decide({ password: undefined, client: { challenge: false } });
    await whileHeld();
    gate.desk.tap({ kind: 'approved' });
    expect(outcome(await held)).toBe('accept both-doors');
  });

  it('is the only way in where there is no field for a passcode: nothing is sent that nobody could type', async () => {
    const passwordless = { password: undefined, client: { challenge: false } } as const;
    gate.setPasswordless();
    gate.setPolicy({ factors: ['totp', 'sms', 'push'], menu: true });
    const held = gate.decide(passwordless);
    await whileHeld();
    gate.desk.tap({ kind: 'approved' });
    expect(outcome(await held)).toBe('accept both-doors');
    gate.setPolicy({ factors: ['totp', 'sms'] });
    expect(outcome(await gate.decide(passwordless))).toBe('reject approval-only');
    expect(gate.desk.texts).toEqual([]);
  });

  it('is not opened by a home server that asks a question where none can be shown', async () => {
    const conversation = { primary: 'door', server: '192.0.2.1:1812' };
    gate.answerFirstDoor(() => ({ kind: 'challenged', conversation, attributes: [] }));
    const asked = { password: undefined, client: { challenge: false } };
    expect(outcome(await gate.decide(asked))).toBe('reject challenge-unsupported');
    expect(outcome(await gate.decide({ password: undefined }))).toBe('challenge home-server-asks');
  });
});

describe('a call', () => {
  beforeEach(() => gate.setPolicy({ factors: ['call', 'totp'] }));

  it('approves, denies and reports', async () => {
    for (const [kind, expected] of [
      ['approved', 'accept both-doors'],
      ['denied', 'reject approval-denied'],
      ['fraud-reported', 'reject fraud-reported'],
    ] as const) {
      const held = gate.decide({});
      await whileHeld();
      gate.desk.dialogs.at(-1)?.ended(kind);
      expect(outcome(await held)).toBe(expected);
    }
  });

  it('that nobody answers is over at once', async () => {
    const held = gate.decide({});
    await whileHeld();
    gate.desk.dialogs.at(-1)?.ended('unanswered');
    expect(messageOf(await held)).toContain('not approved in time. Enter the passcode from your app');
  });
});

describe('the choice', () => {
  it('is offered by numbers, words and what the user prefers', async () => {
    gate.setPolicy({ factors: ['totp', 'sms', 'call'], menu: true });
    const menu = await gate.decide({});
    expect(messageOf(menu)).toContain('1 passcode, 2 text message, 3 phone call');
    const sent = await gate.decide({ password: '2', state: stateOf(menu) });
    expect(outcome(sent)).toBe('challenge passcode-sent-asked');
    const back = await gate.decide({ password: 'code', state: stateOf(sent) });
    expect(messageOf(back)).toContain('Enter the passcode from your app or token. Or type: sms, call.');
    await gate.storage.users.setUser('alice', { preferred: ['sms'] });
    expect(messageOf(await gate.decide({}))).toContain('1 text message, 2 passcode');
  });
});

describe('codes and PINs', () => {
  async function give(kind: 'backup' | 'bypass' | 'app-password', text: string, client?: string): Promise<void> {
    const user = await gate.storage.users.findUserRecord('alice');
    const userId = user?.id ?? -1;
    const digest = gate.storage.codeDigest(userId, text);
    await gate.storage.codes.addCode({
      userId,
      kind,
      digest,
      label: 'test',
      expiresAtMs: 0,
      ...(client && { client }),
    });
  }

  it('a backup code lets in once', async () => {
    await give('backup', 'ABCDE-FGH23');
    const password = 'abcde-fgh23';
    expect(outcome(await gate.decide({ password, state: stateOf(await gate.decide({})) }))).toBe('accept both-doors');
    expect(outcome(await gate.decide({ password: `secret,${password}` }))).toBe('reject primary-rejected');
  });

  it('an app password opens its own client alone, and no challenge', async () => {
    await give('app-password', 'ABCDEFGHJKLMNPQR', 'vpn');
    const password = 'abcd efgh jklm npqr';
    expect(outcome(await gate.decide({ password }))).toBe('accept app-password');
    expect(outcome(await gate.decide({ password, client: { name: 'other' } }))).toBe('reject primary-rejected');
  });

  it('a PIN stands in front of the passcode, and a wrong one counts', async () => {
    gate.setPolicy({ factors: ['totp'], pin: true });
    expect(outcome(await gate.decide({ password: code(), state: stateOf(await gate.decide({})) }))).toBe(
      'challenge passcode-asked-again',
    );
    await gate.setPin('alice', '4711');
    const state = stateOf(await gate.decide({ password: `4712${code()}`, state: stateOf(await gate.decide({})) }));
    expect(outcome(await gate.decide({ password: `4711${code()}`, state }))).toBe('accept both-doors');
  });
});

describe('enrolment at the login', () => {
  it('shows where to set up a factor to who has none, and lets in with it alone', async () => {
    await gate.storage.users.addUser('bob', {});
    gate.setPolicy({ unenrolled: 'enrol' });
    const invited = await gate.decide({ user: 'bob' });
    expect(messageOf(invited)).toContain('https://gate.example.com/enrol/ABCD2345');
    const still = await gate.decide({ user: 'bob', password: '', state: stateOf(invited) });
    expect(outcome(still)).toBe('challenge enrolment-asked');
    expect(gate.invited).toEqual(['bob', 'bob']);
    expect(outcome(await gate.decide({ user: 'bob', password: 'guess' }))).toBe('reject primary-rejected');
  });

  it('is refused with the reason of a reset, to who knows the password', async () => {
    await gate.storage.users.resetUser('alice', 'phone replaced.');
    const refused = await gate.decide({});
    expect(outcome(refused)).toBe('reject unenrolled');
    expect(messageOf(refused)).toMatch(/^Your second factor was reset: phone replaced\. [A-Z].* \[.+\]$/);
    expect(messageOf(await gate.decide({ password: 'guess' }))).not.toContain('replaced');
    gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'down' }));
    gate.setPolicy({ unavailable: 'allow' });
    expect(messageOf(await gate.decide({}))).not.toContain('replaced');
    gate.answerFirstDoor(() => ({ kind: 'accepted', attributes: [] }));
    await gate.storage.users.resetUser('alice', 'x'.repeat(200));
    expect(messageOf(await gate.decide({}))).not.toContain('xxx');
  });

  it('tells the owner of a token that was never proved what to do', async () => {
    await gate.storage.users.addUser('bob', {});
    const user = await gate.storage.users.findUserRecord('bob');
    await gate.storage.tokens.addPushToken({
      userId: user?.id ?? -1,
      serial: 'NEW',
      protocol: 'app',
      data: Secret.fromText('{}'),
      state: 'pending',
    });
    expect(outcome(await gate.decide({ user: 'bob' }))).toBe('reject not-activated');
  });
});
