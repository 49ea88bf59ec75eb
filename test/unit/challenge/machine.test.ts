import { describe, expect, it } from 'vitest';
import { openChallenge, transition, type Answer, type Offer, type Open } from '../../../src/challenge/index.ts';

const NOW = 1_000;
const totp: Offer = { factor: 'totp', kind: 'own' };
const sms: Offer = { factor: 'sms', kind: 'sent' };
const push: Offer = { factor: 'push', kind: 'approval' };
const limits = { attempts: 3, ttlMs: 300_000, mayAsk: true, holds: true, hasMenu: false, offers: [totp] };
const fresh = openChallenge(limits, NOW);

function typed(digest: string): Answer {
  return { kind: 'typed', digest, passcode: Buffer.from(digest) };
}

function waiting(state: ReturnType<typeof transition>['next']): Open {
  if (state.state === 'done') throw new Error('the challenge is over');
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
    let state: Open = fresh;
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

describe('several factors', () => {
  const all = { ...limits, offers: [push, totp, sms] };

  function word(typedWord: 'sms' | 'push' | 'code' | 'call' | 'resend' | '2'): Answer {
    return { kind: 'typed', digest: typedWord, passcode: undefined, word: typedWord };
  }

  it('begin with the first one', () => {
    expect(transition(openChallenge(all, NOW), { kind: 'opened' }, NOW)).toMatchObject({
      next: { state: 'awaiting-approval', current: 'push' },
      effect: { kind: 'deliver', offer: push, again: false },
    });
  });

  it('are asked for by a menu where the policy wants one, and chosen by number', () => {
    const menu = transition(openChallenge({ ...all, hasMenu: true }, NOW), { kind: 'opened' }, NOW);
    expect(menu).toMatchObject({ next: { state: 'choosing' }, effect: { kind: 'ask', notice: 'menu' } });
    const chosen = transition(menu.next, { kind: 'answered', answer: word('2') }, NOW);
    expect(chosen).toMatchObject({ next: { current: 'totp' }, effect: { kind: 'ask', notice: 'first' } });
  });

  it('are switched by a word, which costs no answer', () => {
    const asked = transition(openChallenge({ ...limits, offers: [totp, sms] }, NOW), { kind: 'opened' }, NOW);
    const step = transition(asked.next, { kind: 'answered', answer: word('sms') }, NOW);
    expect(step).toMatchObject({ next: { current: 'sms', attemptsLeft: 3 }, effect: { kind: 'deliver', offer: sms } });
    const missing = transition(asked.next, { kind: 'answered', answer: { kind: 'chosen', word: 'push' } }, NOW);
    expect(missing.effect).toEqual({ kind: 'ask', notice: 'not-offered', counts: false });
  });

  it('hold the reply for an approval, or ask to come back where the client is to be asked', () => {
    const asking = transition(openChallenge(all, NOW), { kind: 'opened' }, NOW).next;
    const delivered = { kind: 'delivered', openId: 'id', mustAsk: false } as const;
    expect(transition(asking, delivered, NOW).effect).toEqual({ kind: 'hold', openId: 'id' });
    expect(transition(asking, { ...delivered, mustAsk: true }, NOW).effect).toMatchObject({ notice: 'approve' });
    const patient = transition(openChallenge({ ...all, holds: false }, NOW), { kind: 'opened' }, NOW).next;
    expect(transition(patient, delivered, NOW).effect).toMatchObject({ kind: 'ask', notice: 'approve' });
  });

  it('confirm an approval before they admit, and refuse a denial', () => {
    const asking = transition(openChallenge(all, NOW), { kind: 'opened' }, NOW).next;
    const held = transition(asking, { kind: 'delivered', openId: 'id', mustAsk: false }, NOW).next;
    expect(transition(held, { kind: 'approved' }, NOW).effect).toEqual({ kind: 'confirm' });
    expect(transition(held, { kind: 'confirmed' }, NOW).effect).toEqual({ kind: 'admit' });
    expect(transition(held, { kind: 'denied' }, NOW).effect).toMatchObject({ reason: 'approval-denied' });
    expect(transition(held, { kind: 'fraud-reported' }, NOW).effect).toEqual({ kind: 'block' });
    expect(transition(held, { kind: 'deadline' }, NOW).effect).toMatchObject({ notice: 'approval-open' });
    expect(transition(held, { kind: 'withdrawn' }, NOW)).toMatchObject({
      next: { state: 'awaiting-passcode', current: 'totp' },
      effect: { notice: 'approval-late' },
    });
  });

  it('take no approval where none was asked for', () => {
    for (const kind of ['approved', 'confirmed', 'denied', 'deadline'] as const) {
      expect(transition(fresh, { kind }, NOW).effect).toMatchObject({ kind: 'refuse', reason: 'challenge-expired' });
    }
  });

  it('fall back to a passcode, then to what else can be delivered, then refuse', () => {
    const failed = { kind: 'delivery-failed', isLimited: false } as const;
    const begun = (offers: readonly Offer[], mayAsk = true) =>
      transition(openChallenge({ ...limits, mayAsk, offers }, NOW), { kind: 'opened' }, NOW).next;
    expect(transition(begun([push, totp]), failed, NOW).effect).toMatchObject({ notice: 'not-delivered' });
    expect(transition(begun([push, sms]), failed, NOW).effect).toMatchObject({ kind: 'deliver', offer: sms });
    expect(transition(begun([push], false), failed, NOW).effect).toMatchObject({ reason: 'delivery-failed' });
    const limited = transition(begun([push, sms]), { ...failed, isLimited: true }, NOW);
    expect(limited.effect).toMatchObject({ reason: 'deliveries-limited' });
  });

  it('tell a client without challenges that a passcode it asked for is on its way', () => {
    const mute = openChallenge({ ...limits, mayAsk: false, offers: [totp, sms] }, NOW);
    const sent = transition(mute, { kind: 'answered', answer: { kind: 'chosen', word: 'sms' } }, NOW);
    expect(sent.effect.kind).toBe('deliver');
    const step = transition(sent.next, { kind: 'delivered', openId: 'id', mustAsk: false }, NOW);
    expect(step.effect).toMatchObject({ kind: 'refuse', reason: 'passcode-sent' });
  });
});
