import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import type { HomeServerConversation, PrimaryResult } from '../../../src/primary/index.ts';
import { openGate, type Gate } from '../../support/gate.ts';
import { byEap, byMsChap2 } from '../../support/peer-proofs.ts';

const IDENTITY = 1;
const PEAP = 25;

const granted = [{ type: 79, value: Buffer.from([3, 1, 0, 4]) }];
const eap = { rounds: 1, sinceMs: 0, isSealed: false };
const conversation = { primary: 'door', server: 'home', state: Buffer.from('theirs'), eap };
const goesOn = (more: Partial<HomeServerConversation> = {}): PrimaryResult => ({
  kind: 'challenged',
  conversation: { ...conversation, ...more },
  attributes: [{ type: 79, value: Buffer.from([1, 2, 0, 6, 25, 32]) }],
});
const lets = (identity?: string): PrimaryResult => ({
  kind: 'accepted',
  attributes: granted,
  ...(identity !== undefined && { identity: identity === 'unproven' ? identity : Buffer.from(identity) }),
});

let gate: Gate;

beforeEach(async () => {
  gate = await openGate();
  for (const name of ['alice', 'bob']) {
    await gate.addUser(name);
    await gate.addPhone(name);
  }
  gate.setPolicy({ factors: ['totp', 'push'] });
  gate.answerFirstDoor(() => goesOn());
});
afterEach(() => gate.close());

const outcome = ({ verdict }: Decision): string => `${verdict.kind} ${verdict.reason}`;

function stateOf({ verdict }: Decision): Buffer {
  if (verdict.kind !== 'challenge') throw new Error(`no challenge but ${verdict.kind} ${verdict.reason}`);
  return verdict.state;
}

const begin = (user = 'alice'): Promise<Decision> => gate.decide({ user, credentials: byEap(IDENTITY, user) });
const goOn = (state: Buffer, user = 'alice'): Promise<Decision> =>
  gate.decide({ user, credentials: byEap(PEAP, 'sealed'), state });

/** Runs to the Accept of the home server, and what comes of it. */
async function lastRound(accept: PrimaryResult, user = 'alice'): Promise<Decision> {
  gate.answerFirstDoor(() => goesOn());
  const state = stateOf(await begin(user));
  gate.answerFirstDoor(() => accept);
  return goOn(state, user);
}

describe('a conversation by EAP', () => {
  it('goes through us round by round, under States of ours and with the State of the home server', async () => {
    const first = await begin();
    expect(outcome(first)).toBe('challenge eap-round');
    expect(first.verdict).toMatchObject({ relayed: [{ type: 79 }] });
    const second = await goOn(stateOf(first));
    expect(stateOf(second)).not.toEqual(stateOf(first));
    expect(gate.asked[1]?.conversation).toEqual(conversation);
  });

  it('writes one event, not one a round', async () => {
    const state = stateOf(await goOn(stateOf(await begin())));
    gate.answerFirstDoor(() => ({ kind: 'rejected', reason: 'rejected-upstream', attributes: [] }));
    await goOn(state);
    const reasons: string[] = [];
    for await (const { reason } of gate.storage.events.events({})) reasons.push(reason);
    expect(reasons).toEqual(['primary-rejected']);
  });

  it('is held for a push and asks nothing, whatever the client can show and the user has', async () => {
    const held = lastRound(lets());
    await gate.desk.prompted();
    expect(gate.desk.prompts[0]).not.toHaveProperty('choices');
    gate.desk.tap({ kind: 'approved' });
    expect((await held).verdict).toMatchObject({ kind: 'accept', reason: 'both-doors', attributes: granted });
  });

  it('ends where the push is denied', async () => {
    const held = lastRound(lets());
    await gate.desk.prompted();
    gate.desk.tap({ kind: 'denied' });
    expect(outcome(await held)).toBe('reject approval-denied');
  });

  it('ends for a user who has passcodes only', async () => {
    gate.setPolicy({ factors: ['totp'], unenrolled: 'enrol' });
    expect(outcome(await lastRound(lets()))).toBe('reject approval-needed');
  });

  it('has each round answered once', async () => {
    const state = stateOf(await begin());
    await goOn(state);
    expect(outcome(await goOn(state))).toBe('silence answer-in-progress');
    expect(outcome(await gate.decide({ credentials: byEap(PEAP, 'other'), state }))).toBe('reject challenge-spent');
    expect(gate.asked).toHaveLength(2);
  });

  it('goes on by no State that is forged, and by none of somebody else: that one begins anew', async () => {
    const state = Buffer.from(stateOf(await begin()));
    state[state.length - 1]! ^= 1;
    expect(outcome(await goOn(state))).toBe('reject state-forged');
    expect(gate.asked).toHaveLength(1);
    await goOn(Buffer.from('theirs'));
    expect(gate.asked[1]).not.toHaveProperty('conversation');
  });

  it('comes to an end after fifty rounds, and after ten minutes', async () => {
    gate.answerFirstDoor(() => goesOn({ eap: { ...eap, rounds: 50 } }));
    expect(outcome(await goOn(stateOf(await begin())))).toBe('reject challenge-expired');
    gate.answerFirstDoor(() => goesOn({ eap: { ...eap, sinceMs: gate.clock.monotonicMs() - 600_001 } }));
    expect(outcome(await goOn(stateOf(await begin())))).toBe('reject challenge-expired');
    expect(gate.asked).toHaveLength(2);
  });

  it('is not answered by a password, nor by another user', async () => {
    const state = stateOf(await begin());
    expect(outcome(await gate.decide({ user: 'bob', credentials: byEap(PEAP), state }))).toBe(
      'reject challenge-mismatched',
    );
    expect(outcome(await gate.decide({ password: 'secret', state }))).toBe('reject challenge-mismatched');
    expect(gate.asked).toHaveLength(1);
  });

  it('is no answer to a question of ours, nor to one of the home server', async () => {
    gate.answerFirstDoor(() => lets());
    const ours = stateOf(await gate.decide({}));
    expect(outcome(await gate.decide({ credentials: byEap(6, '123456'), state: ours }))).toBe(
      'reject challenge-mismatched',
    );
    gate.answerFirstDoor(() => ({
      ...goesOn(),
      conversation: { primary: 'door', server: 'home' },
      kind: 'challenged',
      attributes: [],
    }));
    const theirs = stateOf(await gate.decide({ credentials: byMsChap2('secret', 'alice') }));
    expect(outcome(await gate.decide({ credentials: byEap(6, '123456'), state: theirs }))).toBe(
      'reject challenge-mismatched',
    );
    expect(gate.asked).toHaveLength(2);
  });

  it('is refused for one device alone: the first packet of all who hide behind one outer name is the same', async () => {
    gate.setLimits({ stormMs: 300_000 });
    for (let refusals = 0; refusals < 3; refusals += 1) {
      gate.answerFirstDoor(() => ({ kind: 'rejected', reason: 'rejected-upstream', attributes: [] }));
      expect(outcome(await begin('anonymous'))).toBe('reject primary-rejected');
      gate.answerFirstDoor(() => goesOn());
      expect(outcome(await begin('anonymous'))).toBe('challenge eap-round');
    }
  });

  it('lets nobody in while no home server can be asked, also where that is allowed', async () => {
    gate.setPolicy({ factors: ['push'], unavailable: 'allow' });
    gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'down' }));
    expect(outcome(await begin())).toBe('reject primary-unavailable');
  });
});

describe('who that was', () => {
  it('is whom the home server names, not whom the device named outside', async () => {
    const held = lastRound(lets('alice'), 'bob');
    await gate.desk.prompted();
    expect(gate.desk.prompts[0]?.device.serial).toBe('PHONE-alice');
    gate.desk.tap({ kind: 'approved' });
    expect((await held).event).toMatchObject({ username: 'alice', verdict: 'accept' });
  });

  it.each(['deny', 'allow', 'enrol'] as const)(
    'has to be known where a second factor is asked for: %s',
    async (rule) => {
      gate.setPolicy({ factors: ['push'], unenrolled: rule });
      for (const user of ['bob', 'anonymous', 'nobody@example.com'])
        expect(outcome(await lastRound(lets('unproven'), user))).toBe('reject identity-unproven');
      expect(gate.desk.prompts).toEqual([]);
    },
  );

  it('does not matter where none is', async () => {
    gate.setPolicy({ factors: [] });
    expect(outcome(await lastRound(lets('unproven'), 'anonymous'))).toBe('accept no-second-factor');
  });

  it('has the rules of whom it turns out to be: who is denied is not let in by another name outside', async () => {
    gate.setPolicy({
      factors: ['push'],
      rules: [
        { when: { user: ['bob'] }, then: 'deny' },
        { when: { user: ['alice'] }, then: 'skip' },
      ],
    });
    expect(outcome(await lastRound(lets('bob')))).toBe('reject denied-by-rule');
    gate.setPolicy({ factors: ['push'], rules: [{ when: { user: ['alice'] }, then: 'skip' }] });
    const held = lastRound(lets('bob'));
    await gate.desk.prompted();
    gate.desk.tap({ kind: 'denied' });
    expect(outcome(await held)).toBe('reject approval-denied');
    expect(outcome(await lastRound(lets('alice')))).toBe('accept skipped-by-rule');
  });

  it('is looked at for locks and the like', async () => {
    await gate.storage.users.setUser('alice', { isEnabled: false });
    expect(outcome(await lastRound(lets('alice'), 'bob'))).toBe('reject user-disabled');
    expect(outcome(await lastRound(lets('\0'), 'bob'))).toBe('reject username-invalid');
  });

  it('is dealt with by the rule for users without a second factor, once it is known', async () => {
    gate.setPolicy({ factors: ['push'], unenrolled: 'allow' });
    expect(outcome(await lastRound(lets('carol'), 'bob'))).toBe('accept unenrolled-allowed');
  });
});
