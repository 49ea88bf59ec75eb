import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  openChallenge,
  transition,
  type ChallengeState,
  type Offer,
  type Transition,
} from '../../src/challenge/index.ts';

const digest = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const answer = fc.oneof(
  fc.constant({ kind: 'empty' } as const),
  fc.constant({ kind: 'password-repeated' } as const),
  fc.record({
    kind: fc.constant('chosen' as const),
    word: fc.constantFrom('push', 'sms', 'call', 'code', 'resend', '1'),
  }),
  fc.record({
    kind: fc.constant('typed' as const),
    digest,
    passcode: fc.option(fc.constant(Buffer.from('123456')), { nil: undefined }),
    word: fc.constantFrom(undefined, 'push', 'sms', '2'),
  }),
);
const offers: Offer[] = [
  { factor: 'totp', kind: 'own' },
  { factor: 'sms', kind: 'sent' },
  { factor: 'push', kind: 'approval' },
  { factor: 'call', kind: 'approval' },
];
const event = fc.oneof(
  fc.constant({ kind: 'opened' } as const),
  fc.record({ kind: fc.constant('answered' as const), answer }),
  fc.constant({ kind: 'matched' } as const),
  fc.record({
    kind: fc.constant('mismatched' as const),
    how: fc.constantFrom('wrong', 'replayed', 'malformed'),
    digest,
  }),
  fc.constant({ kind: 'locked' } as const),
  fc.record({ kind: fc.constant('delivered' as const), openId: fc.constant('id'), mustAsk: fc.boolean() }),
  fc.record({ kind: fc.constant('delivery-failed' as const), isLimited: fc.boolean() }),
  fc.constantFrom(
    { kind: 'approved' } as const,
    { kind: 'denied' } as const,
    { kind: 'fraud-reported' } as const,
    { kind: 'deadline' } as const,
    { kind: 'withdrawn' } as const,
  ),
);
const limits = fc.record({
  attempts: fc.integer({ min: 1, max: 5 }),
  ttlMs: fc.integer({ min: 1, max: 1_000 }),
  mayAsk: fc.boolean(),
  holds: fc.boolean(),
  hasMenu: fc.boolean(),
  offers: fc.shuffledSubarray(offers, { minLength: 1 }),
});

// What the world answers to an effect: wrong passcodes, messages that arrive, phones that stay silent.
function settled(state: ChallengeState, { next, effect }: Transition): ChallengeState {
  switch (effect.kind) {
    case 'compare':
      return transition(state, { kind: 'mismatched', how: 'wrong', digest: effect.digest }, 0).next;
    case 'deliver':
      return settled(next, transition(next, { kind: 'delivered', openId: 'id', mustAsk: false }, 0));
    case 'hold':
      return settled(next, transition(next, { kind: 'deadline' }, 0));
    case 'spend':
    case 'confirm':
    case 'admit':
    case 'ask':
    case 'refuse':
    case 'block':
      return next;
  }
}

describe('the challenge machine, whatever happens in whatever order', () => {
  it('admits nobody unless a passcode was spent or an approval was written down', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.tuple(event, fc.nat(300)), { maxLength: 30 }), (given, events) => {
        let nowMs = 0;
        let state: Parameters<typeof transition>[0] = openChallenge(given, nowMs);
        for (const [next, passedMs] of events) {
          nowMs += passedMs;
          const step = transition(state, next, nowMs);
          expect(step.effect.kind).not.toBe('admit');
          state = step.next;
        }
      }),
    );
  });

  it('comes to an end within a bounded number of answers', () => {
    fc.assert(
      fc.property(limits, fc.array(answer, { minLength: 60, maxLength: 60 }), (given, answers) => {
        let state: Parameters<typeof transition>[0] = openChallenge(given, 0);
        for (const next of answers) {
          state = settled(state, transition(state, { kind: 'answered', answer: next }, 0));
        }
        expect(state.state).toBe('done');
      }),
    );
  });

  it('stays at its end', () => {
    fc.assert(
      fc.property(event, fc.nat(), (next, nowMs) => {
        const step = transition({ state: 'done' }, next, nowMs);
        expect(step.next.state).toBe('done');
        expect(step.effect.kind).toBe('refuse');
      }),
    );
  });
});
