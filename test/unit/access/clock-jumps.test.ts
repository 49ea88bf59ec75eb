import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { openGate, type Gate } from '../../support/gate.ts';

const HOUR_MS = 3_600_000;
const JUMPS = [
  { way: 'forward', jumpMs: HOUR_MS },
  { way: 'back', jumpMs: -HOUR_MS },
];

let gate: Gate;
let code: (steps?: number) => string;

beforeEach(async () => {
  gate = await openGate();
  code = await gate.addUser('alice');
  await gate.storage.users.setUser('alice', { phone: '+4520123456' });
});
afterEach(() => gate.close());

function outcome({ verdict }: Decision): string {
  return `${verdict.kind} ${verdict.reason}`;
}

function answer(question: Decision, password: string): Promise<Decision> {
  if (question.verdict.kind !== 'challenge') throw new Error(outcome(question));
  return gate.decide({ password, state: question.verdict.state });
}

// Lets everything run that waits for nothing but the store.
async function whileHeld(): Promise<void> {
  await gate.desk.prompted();
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe.each(JUMPS)('when the wall clock is set an hour $way', ({ jumpMs }) => {
  it('a passcode that was sent lets in once, and no longer than its time', async () => {
    gate.setPolicy({ factors: ['sms'] });
    const question = await gate.decide({});
    const other = await gate.decide({});
    gate.clock.jumpWall(jumpMs);
    const passcode = gate.desk.lastPasscode();
    await gate.clock.advance(59_000);
    expect(outcome(await answer(question, passcode))).toBe('accept both-doors');
    expect(outcome(await answer(other, passcode))).toMatch(/^challenge/);
    const late = await gate.decide({});
    gate.clock.jumpWall(jumpMs);
    await gate.clock.advance(300_000);
    expect(outcome(await answer(late, gate.desk.lastPasscode()))).toBe('reject challenge-expired');
    expect(gate.open.count()).toBe(0);
  });

  it('a push is held as long as it would have been', async () => {
    await gate.addPhone('alice');
    gate.setPolicy({ factors: ['push'] });
    let decided: Decision | undefined;
    const held = gate.decide({}).then((decision) => (decided = decision));
    await whileHeld();
    gate.clock.jumpWall(jumpMs);
    await gate.clock.advance(50_000);
    expect(decided).toBeUndefined();
    gate.desk.tap({ kind: 'approved' });
    expect(outcome(await held)).toBe('accept both-doors');
  });

  it('a push that nobody answers is over in its time, and its late approval lets nobody in', async () => {
    await gate.addPhone('alice');
    gate.setPolicy({ factors: ['push'] });
    const held = gate.decide({ client: { challenge: false } });
    await whileHeld();
    gate.clock.jumpWall(jumpMs);
    await gate.clock.advance(57_000);
    expect(outcome(await held)).toBe('reject approval-timeout');
    await gate.clock.advance(3_000);
    expect(gate.desk.tap({ kind: 'approved' })).toEqual({ kind: 'late' });
    expect(gate.open.count()).toBe(0);
  });

  it('a challenge that is pending takes the passcode of the present, and none that was spent', async () => {
    await answer(await gate.decide({}), code());
    const [first, second] = [await gate.decide({}), await gate.decide({})];
    gate.clock.jumpWall(jumpMs);
    const passcode = code();
    const outcomes = [outcome(await answer(first, passcode)), outcome(await answer(second, passcode))];
    // Set back, the steps that come again are older than the one that was spent: nothing lets in until they have passed.
    const [now, then] = outcomes;
    expect(now).toBe(jumpMs > 0 ? 'accept both-doors' : 'challenge passcode-asked-again');
    expect(then).toBe('challenge passcode-asked-again');
  });

  it('a challenge that is pending is over in its time', async () => {
    const question = await gate.decide({});
    gate.clock.jumpWall(jumpMs);
    await gate.clock.advance(299_999);
    expect(outcome(await answer(question, '000000'))).toBe('challenge passcode-asked-again');
    const other = await gate.decide({});
    gate.clock.jumpWall(jumpMs);
    await gate.clock.advance(300_000);
    expect(outcome(await answer(other, code()))).toBe('reject challenge-expired');
  });
});

it('a passcode that was spent does not come back when the clock is set forward and back again', async () => {
  const passcode = code();
  expect(outcome(await answer(await gate.decide({}), passcode))).toBe('accept both-doors');
  gate.clock.jumpWall(HOUR_MS);
  const later = code();
  expect(outcome(await answer(await gate.decide({}), later))).toBe('accept both-doors');
  gate.clock.jumpWall(-HOUR_MS);
  for (const used of [passcode, later]) {
    expect(outcome(await answer(await gate.decide({}), used))).toMatch(/^challenge/);
  }
});

describe('a State of another server', () => {
  it('is refused as such: the answer is judged by nobody who does not know the question', async () => {
    const masterKey = Secret.fromOctets(createSystemRandom().octets(32));
    const [one, two] = [await openGate('gate-1', { masterKey }), await openGate('gate-2', { masterKey })];
    try {
      const passcodeOfOne = await one.addUser('alice');
      const passcodeOfTwo = await two.addUser('alice');
      const { verdict } = await one.decide({});
      if (verdict.kind !== 'challenge') throw new Error(verdict.kind);
      const { state } = verdict;
      const refused = await two.decide({ password: passcodeOfTwo(), state });
      expect(outcome(refused)).toBe('reject owner-unreachable');
      expect(refused.event).toMatchObject({ reason: 'owner-unreachable', server: 'gate-2', username: 'alice' });
      expect(two.asked).toEqual([]);
      expect(outcome(await one.decide({ password: passcodeOfOne(), state }))).toBe('accept both-doors');
    } finally {
      await one.close();
      await two.close();
    }
  });

  it('is a forgery where the servers have different keys', async () => {
    const other = await openGate('gate-2');
    try {
      await other.addUser('alice');
      const { verdict } = await other.decide({});
      if (verdict.kind !== 'challenge') throw new Error(verdict.kind);
      expect(outcome(await gate.decide({ password: code(), state: verdict.state }))).toBe('reject state-forged');
    } finally {
      await other.close();
    }
  });
});
