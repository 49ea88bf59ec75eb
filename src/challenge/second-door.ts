import type { PasscodeFactor, PasscodeMatch, PasscodeToken, PasscodeType } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import {
  openChallenge,
  transition,
  type Answer,
  type AwaitingPasscode,
  type ChallengeEvent,
  type ChallengeLimits,
  type Notice,
  type Refusal,
  type Transition,
} from './machine.ts';

/** What must be durable before the machine goes on. */
export interface Settlement {
  /** Spends a passcode for an Accept, in one atomic step; `otherwise` is what a replay gets. */
  spend(token: PasscodeToken, match: PasscodeMatch, otherwise: WrongThen): Promise<'spent' | 'replayed' | 'locked'>;
  /** Counts a wrong passcode; `then` is what the user gets for it. */
  count(then: WrongThen): Promise<'counted' | 'locked'>;
}

/** What follows a passcode that does not open: another question, or the end. */
export type WrongThen = { readonly kind: 'ask' } | { readonly kind: 'refuse'; readonly reason: Refusal };

/** Where a visitor of the second door stands after one answer. `isSettled`: the log has it already. */
export type Passage =
  | { readonly kind: 'admitted'; readonly token: PasscodeToken }
  | { readonly kind: 'asked'; readonly notice: Notice; readonly next: AwaitingPasscode; readonly isSettled: boolean }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly isSettled: boolean };

/** Who stands before the second door. */
export interface Visitor {
  /** Usable tokens, in the order of preference. */
  readonly tokens: readonly PasscodeToken[];
  readonly settlement: Settlement;
}

/** Runs the machine: performs its effects and feeds events back. */
export interface SecondDoor {
  /** Opens a challenge, answered at once when the passcode came with the password. */
  open(visitor: Visitor, limits: ChallengeLimits, answer?: Answer): Promise<Passage>;
  /** Goes on with an answer. */
  resume(visitor: Visitor, challenge: AwaitingPasscode, answer: Answer): Promise<Passage>;
}

/** The second door for passcodes. */
export function createSecondDoor(deps: {
  readonly clock: Clock;
  readonly factors: Readonly<Record<PasscodeType, PasscodeFactor>>;
}): SecondDoor {
  const { clock, factors } = deps;
  return {
    open(visitor, limits, answer) {
      const event: ChallengeEvent = answer === undefined ? { kind: 'opened' } : { kind: 'answered', answer };
      return meet(openChallenge(limits, clock.monotonicMs()), event, visitor);
    },
    resume: (visitor, challenge, answer) => meet(challenge, { kind: 'answered', answer }, visitor),
  };

  async function meet(
    state: AwaitingPasscode,
    event: ChallengeEvent,
    visitor: Visitor,
    entry?: Entry,
  ): Promise<Passage> {
    const step = transition(state, event, clock.monotonicMs());
    switch (step.effect.kind) {
      case 'compare': {
        const { passcode, digest } = step.effect;
        const found = findMatch(visitor.tokens, passcode);
        if (found.kind !== 'match') return meet(state, { kind: 'mismatched', how: found.kind, digest }, visitor);
        return meet(state, { kind: 'matched' }, visitor, { ...found, digest });
      }
      case 'spend':
        return spend(state, visitor, required(entry));
      case 'admit':
        return { kind: 'admitted', token: required(entry).token };
      case 'ask':
      case 'refuse':
        return turnAway(step, visitor);
    }
  }

  async function spend(state: AwaitingPasscode, visitor: Visitor, entry: Entry): Promise<Passage> {
    const replay = transition(
      state,
      { kind: 'mismatched', how: 'replayed', digest: entry.digest },
      clock.monotonicMs(),
    );
    const outcome = await visitor.settlement.spend(entry.token, entry.match, thenOf(replay));
    switch (outcome) {
      case 'spent':
        return meet(state, { kind: 'spent' }, visitor, entry);
      case 'replayed':
        return passageOf(replay, true);
      case 'locked':
        return passageOf(transition(state, { kind: 'locked' }, clock.monotonicMs()), true);
    }
  }

  function findMatch(tokens: readonly PasscodeToken[], passcode: Buffer): Found {
    let nearest: Found = { kind: 'wrong' };
    for (const token of tokens) {
      const check = factors[token.type].check(token, passcode, clock.nowMs());
      if (check.kind === 'match') return { kind: 'match', token, match: check };
      if (check.kind === 'replayed') nearest = check;
    }
    return nearest;
  }
}

/** A passcode that fits a token, on its way to be spent. */
interface Entry {
  readonly token: PasscodeToken;
  readonly match: PasscodeMatch;
  readonly digest: string;
}

type Found =
  | { readonly kind: 'match'; readonly token: PasscodeToken; readonly match: PasscodeMatch }
  | { readonly kind: 'replayed' }
  | { readonly kind: 'wrong' };

async function turnAway(step: Transition, visitor: Visitor): Promise<Passage> {
  const isCounted = (step.effect.kind === 'ask' || step.effect.kind === 'refuse') && step.effect.counts;
  if (!isCounted) return passageOf(step, false);
  const outcome = await visitor.settlement.count(thenOf(step));
  return outcome === 'locked' ? { kind: 'refused', reason: 'locked-out', isSettled: true } : passageOf(step, true);
}

function passageOf({ next, effect }: Transition, isSettled: boolean): Passage {
  if (effect.kind === 'ask' && next.state === 'awaiting-passcode') {
    return { kind: 'asked', notice: effect.notice, next, isSettled };
  }
  if (effect.kind === 'refuse') return { kind: 'refused', reason: effect.reason, isSettled };
  throw new Error(`no passage follows from the effect ${effect.kind}`);
}

function thenOf({ effect }: Transition): WrongThen {
  return effect.kind === 'refuse' ? { kind: 'refuse', reason: effect.reason } : { kind: 'ask' };
}

function required(entry: Entry | undefined): Entry {
  if (entry === undefined) throw new Error('nothing was compared before it was to be spent');
  return entry;
}
