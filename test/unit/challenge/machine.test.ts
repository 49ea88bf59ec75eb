import { describe, expect, it } from 'vitest';
import { openChallenge, transition, type Answer, type AwaitingPasscode } from '../../../src/challenge/index.ts';

const NOW = 1_000;
const limits = { attempts: 3, ttlMs: 300_000, mayAsk: true };
const fresh = openChallenge(limits, NOW);

function typed(digest: string): Answer {
  return { kind: 'typed', digest, passcode: Buffer.from(digest) };
}

function waiting(state: ReturnType<typeof transition>['next']): AwaitingPasscode {
  if (state.state !== 'awaiting-passcode') throw new Error('the challenge is over');
  return state;
}

describe('the challenge machine', () => {
  it('asks first', () => {
    expect(transition(fresh, { kind: 'opened' }, NOW).effect).toEqual({ kind: 'ask', notice: 'first', counts: false });
  });

  it('compares a passcode, spends it when it matches, and admits when it was spent', () => {
    const answer = typed('123456');
    expect(transition(fresh, { kind: 'answered', answer }, NOW).effect).toMatchObject({ kind: 'compare' });
    expect(transition(fresh, { kind: 'matched' }, NOW).effect).toEqual({ kind: 'spend' });
    expect(transition(fresh, { kind: 'spent' }, NOW)).toEqual({ next: { state: 'done' }, effect: { kind: 'admit' } });
  });

  it('allows three wrong answers, counting each, and refuses the third', () => {
    let state: AwaitingPasscode = fresh;
    for (const digest of ['a', 'b']) {
      const step = transition(state, { kind: 'mismatched', how: 'wrong', digest }, NOW);
      expect(step.effect).toEqual({ kind: 'ask', notice: 'wrong', counts: true });
      state = waiting(step.next);
    }
    const last = transition(state, { kind: 'mismatched', how: 'wrong', digest: 'c' }, NOW);
    expect(last.effect).toEqual({ kind: 'refuse', reason: 'passcode-wrong', counts: true });
    expect(last.next.state).toBe('done');
  });

  it('asks again without counting for nothing, for the password and for the same wrong answer', () => {
    const wrong = transition(fresh, { kind: 'mismatched', how: 'wrong', digest: 'a' }, NOW);
    const state = waiting(wrong.next);
    for (const answer of [{ kind: 'empty' }, { kind: 'password-repeated' }, typed('a')] satisfies Answer[]) {
      const step = transition(state, { kind: 'answered', answer }, NOW);
      expect(step.effect).toMatchObject({ kind: 'ask', counts: false });
      expect(waiting(step.next).attemptsLeft).toBe(state.attemptsLeft);
    }
  });

  it('ends with a client that answers for ever without anything new', () => {
    let step = transition(fresh, { kind: 'opened' }, NOW);
    let rounds = 0;
    while (step.next.state !== 'done') {
      step = transition(step.next, { kind: 'answered', answer: { kind: 'empty' } }, NOW);
      rounds += 1;
      expect(rounds).toBeLessThan(20);
    }
    expect(step.effect).toMatchObject({ kind: 'refuse', reason: 'passcode-wrong' });
  });

  it('takes what has not the form of a passcode for an answer, but not for a guess', () => {
    const step = transition(
      fresh,
      { kind: 'answered', answer: { kind: 'typed', digest: 'x', passcode: undefined } },
      NOW,
    );
    expect(step.effect).toEqual({ kind: 'ask', notice: 'wrong', counts: false });
    expect(waiting(step.next).attemptsLeft).toBe(2);
  });

  it('says that a passcode was used before, and does not count it as a guess', () => {
    const step = transition(fresh, { kind: 'mismatched', how: 'replayed', digest: 'a' }, NOW);
    expect(step.effect).toEqual({ kind: 'ask', notice: 'replayed', counts: false });
  });

  it('refuses an answer at the deadline and after it', () => {
    const answered = { kind: 'answered', answer: typed('123456') } as const;
    expect(transition(fresh, answered, NOW + 299_999).effect.kind).toBe('compare');
    for (const nowMs of [NOW + 300_000, NOW + 9_000_000]) {
      expect(transition(fresh, answered, nowMs).effect).toMatchObject({ kind: 'refuse', reason: 'challenge-expired' });
    }
  });

  it('never asks a client that cannot show a challenge', () => {
    const mute = openChallenge({ ...limits, mayAsk: false }, NOW);
    expect(transition(mute, { kind: 'opened' }, NOW).effect).toMatchObject({
      kind: 'refuse',
      reason: 'challenge-unsupported',
    });
    const wrong = transition(mute, { kind: 'mismatched', how: 'wrong', digest: 'a' }, NOW);
    expect(wrong.effect).toEqual({ kind: 'refuse', reason: 'passcode-wrong', counts: true });
  });

  it('refuses the locked-out', () => {
    expect(transition(fresh, { kind: 'locked' }, NOW).effect).toMatchObject({ kind: 'refuse', reason: 'locked-out' });
  });
});
