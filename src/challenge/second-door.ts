import type { PasscodeFactor, PasscodeMatch, PasscodeToken, PasscodeType } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import { transition, type ChallengeEvent } from './machine.ts';
import type { Notice, Refusal, Transition } from './moves.ts';
import type { OpenFactors, Outcome, Reached } from './open-factor.ts';
import {
  openChallenge,
  type Answer,
  type AwaitingApproval,
  type ChallengeLimits,
  type Offer,
  type Open,
} from './states.ts';

/** What must be durable before the machine goes on. */
export interface Settlement {
  /** Spends a passcode for an Accept, in one atomic step; `otherwise` is what a replay gets. */
  spend(found: Found, otherwise: WrongThen): Promise<'spent' | 'replayed' | 'locked'>;
  /** Writes down that the user was let in by an approval; `by`: where it came from. */
  admit(factor: Offer['factor'], by: Reached): Promise<'admitted' | 'locked'>;
  /** Counts a wrong passcode; `then` is what the user gets for it. */
  count(then: WrongThen): Promise<'counted' | 'locked'>;
  /** Locks the user, who says that somebody else is at the door. */
  block(): Promise<void>;
}

/** What follows a passcode that does not open: another question, or the end. */
export type WrongThen = { readonly kind: 'ask' } | { readonly kind: 'refuse'; readonly reason: Refusal };

/** What a passcode turned out to be. */
export type Found =
  | { readonly kind: 'token'; readonly token: PasscodeToken; readonly match: PasscodeMatch }
  /** A backup or bypass code, by its row in the store. */
  | { readonly kind: 'code'; readonly codeId: number; readonly label: string }
  /** One that was sent, and is spent by now; `by`: where it went. */
  | { readonly kind: 'sent'; readonly factor: Offer['factor']; readonly by: Reached };

/** Where a visitor of the second door stands after one answer. `isSettled`: the log has it already. */
export type Passage =
  | { readonly kind: 'admitted'; readonly token: PasscodeToken | undefined; readonly factor: Offer['factor'] }
  | {
      readonly kind: 'asked';
      readonly notice: Notice;
      readonly next: Open;
      /** To be shown: the number to pick on the phone. */
      readonly number: string | undefined;
      readonly isSettled: boolean;
    }
  | { readonly kind: 'refused'; readonly reason: Refusal | 'fraud-reported' | 'too-busy'; readonly isSettled: boolean };

/** What came of handing something to a gateway or phone. */
export type Delivered =
  | { readonly kind: 'delivered'; readonly openId: string; readonly mustAsk: boolean }
  | { readonly kind: 'delivery-failed'; readonly isLimited: boolean };

/** Who stands before the second door. */
export interface Visitor {
  /** Usable tokens, in the order of preference. */
  readonly tokens: readonly PasscodeToken[];
  /** Sends passcodes and asks phones. */
  deliver(offer: Offer, again: boolean, openId: string | undefined): Promise<Delivered>;
  /** What is open outside for this login and takes a passcode, beside what the challenge names. */
  openCodes(): readonly { readonly id: string; readonly factor: Offer['factor'] }[];
  /**
   * The passcode without the PIN in front of it; `undefined` when the PIN is wrong or missing, `busy` when nobody could look.
   * Where no PIN is asked for: as typed.
   */
  checkPin(passcode: Buffer): Promise<Buffer | 'busy' | undefined>;
  /** A backup or bypass code of the user. */
  findCode(passcode: Buffer): { readonly id: number; readonly label: string } | undefined;
  /** Monotonic milliseconds at which the client has to have its answer. */
  readonly deadlineMs: number;
  readonly settlement: Settlement;
}

/** Runs the machine: performs its effects and feeds events back. */
export interface SecondDoor {
  /** Opens a challenge, answered at once when the passcode came with the password. */
  open(visitor: Visitor, limits: ChallengeLimits, answer?: Answer): Promise<Passage>;
  /** Goes on with an answer. */
  resume(visitor: Visitor, challenge: Open, answer: Answer): Promise<Passage>;
}

/** The second door. */
export function createSecondDoor(deps: {
  readonly clock: Clock;
  readonly factors: Readonly<Record<PasscodeType, PasscodeFactor>>;
  readonly open: OpenFactors;
}): SecondDoor {
  const { clock, factors } = deps;
  return {
    open(visitor, limits, answer) {
      const event: ChallengeEvent = answer === undefined ? { kind: 'opened' } : { kind: 'answered', answer };
      return meet(openChallenge(limits, clock.monotonicMs()), event, visitor);
    },
    resume: (visitor, challenge, answer) => meet(challenge, { kind: 'answered', answer }, visitor),
  };

  // A promise handed on, not a suspended function: while a phone is asked, thousands of logins stand here.
  function meet(state: Open, event: ChallengeEvent, visitor: Visitor, entry?: Entry): Promise<Passage> {
    const step = transition(state, event, clock.monotonicMs());
    const { next, effect } = step;
    const leftBehind = leftBehindBy(state, step);
    if (leftBehind !== undefined) deps.open.close(leftBehind);
    switch (effect.kind) {
      case 'compare':
        return compare(state, visitor, effect);
      case 'spend':
        return spend(state, visitor, required(entry));
      case 'deliver': {
        const openId = state.state === 'choosing' ? undefined : state.openId;
        return goOn(visitor.deliver(effect.offer, effect.again, openId), required(stillOpen(next)), visitor);
      }
      case 'hold':
        return goOn(
          deps.open.wait(effect.openId, visitor.deadlineMs).then(eventOf),
          required(stillOpen(next)),
          visitor,
        );
      case 'confirm':
        return confirm(approved(state), visitor);
      case 'admit':
        return Promise.resolve(admitted(required(entry).found));
      case 'block':
        return block(visitor);
      case 'ask':
      case 'refuse':
        return turnAway(step, visitor);
    }
  }

  function goOn(coming: Promise<ChallengeEvent>, state: Open, visitor: Visitor): Promise<Passage> {
    return coming.then((event) => meet(state, event, visitor));
  }

  async function compare(state: Open, visitor: Visitor, { passcode, digest }: Typed): Promise<Passage> {
    const found = await find(state, visitor, passcode);
    // No guess that could be judged: it costs nothing, and opens nothing.
    if (found.kind === 'busy') return { kind: 'refused', reason: 'too-busy', isSettled: false };
    if (found.kind === 'wrong' || found.kind === 'replayed') {
      return meet(state, { kind: 'mismatched', how: found.kind, digest }, visitor);
    }
    return meet(state, { kind: 'matched' }, visitor, { found, digest });
  }

  async function confirm(state: AwaitingApproval, visitor: Visitor): Promise<Passage> {
    const { current: factor, openId = '' } = state;
    const by = deps.open.reachedBy(openId);
    const outcome = await visitor.settlement.admit(factor, by);
    if (outcome === 'locked') return passageOf(transition(state, { kind: 'locked' }, clock.monotonicMs()), true);
    return meet(state, { kind: 'confirmed' }, visitor, { found: { kind: 'sent', factor, by }, digest: '' });
  }

  async function block(visitor: Visitor): Promise<Passage> {
    await visitor.settlement.block();
    return { kind: 'refused', reason: 'fraud-reported', isSettled: true };
  }

  async function spend(state: Open, visitor: Visitor, entry: Entry): Promise<Passage> {
    const replay = transition(
      state,
      { kind: 'mismatched', how: 'replayed', digest: entry.digest },
      clock.monotonicMs(),
    );
    const outcome = await visitor.settlement.spend(entry.found, thenOf(replay));
    switch (outcome) {
      case 'spent':
        return meet(state, { kind: 'spent' }, visitor, entry);
      case 'replayed':
        return passageOf(replay, true);
      case 'locked':
        return passageOf(transition(state, { kind: 'locked' }, clock.monotonicMs()), true);
    }
  }

  async function find(state: Open, visitor: Visitor, typed: Buffer): Promise<Looked> {
    const code = visitor.findCode(typed);
    if (code !== undefined) return { kind: 'code', codeId: code.id, label: code.label };
    const passcode = await visitor.checkPin(typed);
    if (passcode === undefined) return { kind: 'wrong' };
    if (passcode === 'busy') return { kind: 'busy' };
    const shown = findShown(visitor.tokens, passcode);
    return shown.kind === 'token' ? shown : (findSent(state, visitor, passcode) ?? shown);
  }

  // What fits is spent here: the same passcode does not let two answers in that come at the same time.
  function findSent(state: Open, visitor: Visitor, passcode: Buffer): Found | undefined {
    const sent = new Map(visitor.openCodes().map(({ id, factor }) => [id, factor]));
    if (state.state === 'awaiting-passcode' && state.openId !== undefined) sent.set(state.openId, state.current);
    for (const [id, factor] of sent) {
      if (deps.open.spendCode(id, passcode) === 'spent') return { kind: 'sent', factor, by: deps.open.reachedBy(id) };
    }
    return undefined;
  }

  // All are asked: one secret may have come in under two serials, and what one of them has spent, the other does not take.
  function findShown(tokens: readonly PasscodeToken[], passcode: Buffer): Shown {
    let found: Shown = { kind: 'wrong' };
    for (const token of tokens) {
      const check = factors[token.type].check(token, passcode, clock.nowMs());
      if (check.kind === 'replayed') return check;
      if (check.kind === 'match' && found.kind === 'wrong') found = { kind: 'token', token, match: check };
    }
    return found;
  }

  async function turnAway(step: Transition, visitor: Visitor): Promise<Passage> {
    const { effect } = step;
    const isCounted = (effect.kind === 'ask' || effect.kind === 'refuse') && effect.counts;
    if (!isCounted) return passageOf(step, false);
    const outcome = await visitor.settlement.count(thenOf(step));
    return outcome === 'locked' ? { kind: 'refused', reason: 'locked-out', isSettled: true } : passageOf(step, true);
  }

  function passageOf({ next, effect }: Transition, isSettled: boolean): Passage {
    if (effect.kind === 'ask' && next.state !== 'done') {
      const number = next.state === 'awaiting-approval' ? deps.open.find(next.openId ?? '')?.number : undefined;
      return { kind: 'asked', notice: effect.notice, next, number, isSettled };
    }
    if (effect.kind === 'refuse') return { kind: 'refused', reason: effect.reason, isSettled };
    throw new Error(`no passage follows from the effect ${effect.kind}`);
  }
}

/** A passcode that fits, on its way to be spent. */
interface Entry {
  readonly found: Found;
  readonly digest: string;
}

type Typed = Extract<Transition['effect'], { readonly kind: 'compare' }>;

type Shown = Found | { readonly kind: 'replayed' } | { readonly kind: 'wrong' };

type Looked = Shown | { readonly kind: 'busy' };

const eventByOutcome: Readonly<Record<Outcome, ChallengeEvent>> = {
  approved: { kind: 'approved' },
  denied: { kind: 'denied' },
  'fraud-reported': { kind: 'fraud-reported' },
  withdrawn: { kind: 'withdrawn' },
};

function eventOf(outcome: Outcome | undefined): ChallengeEvent {
  return outcome === undefined ? { kind: 'deadline' } : eventByOutcome[outcome];
}

function approved(state: Open): AwaitingApproval {
  if (state.state !== 'awaiting-approval') throw new Error('nothing was to be approved');
  return state;
}

function admitted(found: Found): Passage {
  switch (found.kind) {
    case 'token':
      return { kind: 'admitted', token: found.token, factor: found.token.type };
    case 'code':
      return { kind: 'admitted', token: undefined, factor: 'codes' };
    case 'sent':
      return { kind: 'admitted', token: undefined, factor: found.factor };
  }
}

// What is open outside and leads nowhere any more: the phone should stop showing it, and a late tap must not let in
// somebody who joined. A passcode that was sent stays, for
// who tries again, until somebody has come in.
function leftBehindBy(state: Open, { next, effect }: Transition): string | undefined {
  switch (state.state) {
    case 'choosing':
      return undefined;
    case 'awaiting-passcode':
      return effect.kind === 'admit' ? state.openId : undefined;
    case 'awaiting-approval': {
      const isWaitedFor = next.state !== 'done' && next.state !== 'choosing' && next.current === state.current;
      return isWaitedFor ? undefined : state.openId;
    }
  }
}

function thenOf({ effect }: Transition): WrongThen {
  return effect.kind === 'refuse' ? { kind: 'refuse', reason: effect.reason } : { kind: 'ask' };
}

function stillOpen(state: Transition['next']): Open | undefined {
  return state.state === 'done' ? undefined : state;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the machine asked for something out of turn');
  return value;
}
