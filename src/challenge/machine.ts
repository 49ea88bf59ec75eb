/*
 * The second door as a pure function.
 *
 *   state              event        → next state         effect
 *   awaiting-passcode  opened       → awaiting-passcode  ask
 *   awaiting-passcode  answered     → awaiting-passcode  ask (nothing new was typed) or compare (a passcode)
 *   awaiting-passcode  matched      → awaiting-passcode  spend
 *   awaiting-passcode  spent        → done               admit
 *   awaiting-passcode  mismatched   → awaiting-passcode  ask      while answers are left
 *                                   → done               refuse   after the last one
 *   awaiting-passcode  locked       → done               refuse
 *   awaiting-passcode  answered, after the deadline
 *                                   → done               refuse
 *   done               anything     → done               refuse
 *
 * Nobody reaches `admit` but through `spent`: a passcode that fitted and was consumed.
 */

/** Why the second door is asked again, for the words the user reads. */
export type Notice = 'first' | 'password-repeated' | 'empty' | 'wrong' | 'replayed';

/** Why the second door stays closed. */
export type Refusal =
  'passcode-wrong' | 'passcode-replayed' | 'challenge-expired' | 'challenge-unsupported' | 'locked-out';

/** Waiting for a passcode. */
export interface AwaitingPasscode {
  readonly state: 'awaiting-passcode';
  /** Wrong answers still allowed, this one included. */
  readonly attemptsLeft: number;
  /** Questions that may still be sent: a client that answers for ever with nothing new must come to an end. */
  readonly roundsLeft: number;
  /** Monotonic milliseconds. */
  readonly expiresAtMs: number;
  /** Whether the client can show a challenge. */
  readonly mayAsk: boolean;
  /** Digests of wrong answers already counted: an automatic retry repeats them. */
  readonly wrongDigests: readonly string[];
}

/** The end. */
export interface Done {
  readonly state: 'done';
}

export type ChallengeState = AwaitingPasscode | Done;

/** What the user typed, compared with what is known. */
export type Answer =
  | { readonly kind: 'empty' }
  /** The primary password once more: the client did not understand the question. */
  | { readonly kind: 'password-repeated' }
  /** Anything else; `digest` tells equal answers, `passcode` is there when it has the form of one. */
  | { readonly kind: 'typed'; readonly digest: string; readonly passcode: Buffer | undefined };

/** `malformed`: not the form of a passcode, so no guess that counts towards a lock-out. */
export type Mismatch = 'wrong' | 'replayed' | 'malformed';

export type ChallengeEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'matched' }
  | { readonly kind: 'mismatched'; readonly how: Mismatch; readonly digest: string }
  | { readonly kind: 'spent' }
  | { readonly kind: 'locked' };

/** What is to be done next; `counts`: first count a wrong passcode of the user, across challenges. */
export type ChallengeEffect =
  | { readonly kind: 'compare'; readonly passcode: Buffer; readonly digest: string }
  | { readonly kind: 'spend' }
  | { readonly kind: 'admit' }
  | { readonly kind: 'ask'; readonly notice: Notice; readonly counts: boolean }
  | { readonly kind: 'refuse'; readonly reason: Refusal; readonly counts: boolean };

/** What follows from one event. */
export interface Transition {
  readonly next: ChallengeState;
  readonly effect: ChallengeEffect;
}

/** How a challenge begins. */
export interface ChallengeLimits {
  /** Wrong answers allowed. */
  readonly attempts: number;
  readonly ttlMs: number;
  readonly mayAsk: boolean;
}

const DONE: Done = { state: 'done' };

// Answers that cost no attempt (empty, password repeated) may come this often for each attempt allowed.
const ROUNDS_PER_ATTEMPT = 3;

/** The state before the first event. */
export function openChallenge(limits: ChallengeLimits, nowMs: number): AwaitingPasscode {
  return {
    state: 'awaiting-passcode',
    attemptsLeft: limits.attempts,
    roundsLeft: limits.attempts * ROUNDS_PER_ATTEMPT,
    expiresAtMs: nowMs + limits.ttlMs,
    mayAsk: limits.mayAsk,
    wrongDigests: [],
  };
}

/** What follows when `event` meets `state` at `nowMs` (monotonic). */
export function transition(state: ChallengeState, event: ChallengeEvent, nowMs: number): Transition {
  if (state.state === 'done') return refuse('challenge-expired');
  switch (event.kind) {
    case 'opened':
      return ask(state, 'first');
    case 'answered':
      return nowMs >= state.expiresAtMs ? refuse('challenge-expired') : answered(state, event.answer);
    case 'matched':
      return { next: state, effect: { kind: 'spend' } };
    case 'mismatched':
      return mismatched(state, event.how, event.digest);
    case 'spent':
      return { next: DONE, effect: { kind: 'admit' } };
    case 'locked':
      return refuse('locked-out');
  }
}

function answered(state: AwaitingPasscode, answer: Answer): Transition {
  switch (answer.kind) {
    case 'empty':
      return ask(state, 'empty');
    case 'password-repeated':
      return ask(state, 'password-repeated');
    case 'typed': {
      const { digest, passcode } = answer;
      if (state.wrongDigests.includes(digest)) return ask(state, 'wrong');
      if (passcode === undefined) return mismatched(state, 'malformed', digest);
      return { next: state, effect: { kind: 'compare', passcode, digest } };
    }
  }
}

function mismatched(state: AwaitingPasscode, how: Mismatch, digest: string): Transition {
  const notice = how === 'replayed' ? 'replayed' : 'wrong';
  const counts = how === 'wrong';
  const attemptsLeft = state.attemptsLeft - 1;
  if (attemptsLeft <= 0 || !state.mayAsk) return refuse(`passcode-${notice}`, counts);
  return ask({ ...state, attemptsLeft, wrongDigests: [...state.wrongDigests, digest] }, notice, counts);
}

function ask(state: AwaitingPasscode, notice: Notice, counts = false): Transition {
  if (!state.mayAsk) return refuse('challenge-unsupported', counts);
  if (state.roundsLeft <= 0) return refuse('passcode-wrong', counts);
  return { next: { ...state, roundsLeft: state.roundsLeft - 1 }, effect: { kind: 'ask', notice, counts } };
}

function refuse(reason: Refusal, counts = false): Transition {
  return { next: DONE, effect: { kind: 'refuse', reason, counts } };
}
