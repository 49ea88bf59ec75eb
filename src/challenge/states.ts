import type { FactorName } from '../factors/index.ts';

/**
 * A way this user may pass. `own`: something of theirs shows or holds the passcode (app, hardware token, backup code);
 * `sent`: we send it; `approval`: they approve on their phone.
 */
export interface Offer {
  /** `codes`: backup and bypass codes, for who has nothing else. */
  readonly factor: FactorName | 'codes';
  readonly kind: 'own' | 'sent' | 'approval';
}

/** What every open challenge keeps. */
interface Common {
  /** Wrong answers still allowed, this one included. */
  readonly attemptsLeft: number;
  /** Questions that may still be sent: a client that answers for ever with nothing new must come to an end. */
  readonly roundsLeft: number;
  /** Monotonic milliseconds. */
  readonly expiresAtMs: number;
  /** Whether the client can show a challenge. */
  readonly mayAsk: boolean;
  /** Whether the reply is held while the user approves; otherwise they are asked to come back. */
  readonly holds: boolean;
  /** Whether the user is asked which factor to use, where there is more than one. */
  readonly hasMenu: boolean;
  /** In the order of preference; at least one. */
  readonly offers: readonly Offer[];
  /** Digests of wrong answers already counted: an automatic retry repeats them. */
  readonly wrongDigests: readonly string[];
}

/** The user is asked which factor to use. */
export interface Choosing extends Common {
  readonly state: 'choosing';
}

/** Waiting for a passcode. */
export interface AwaitingPasscode extends Common {
  readonly state: 'awaiting-passcode';
  readonly current: Offer['factor'];
  /** The passcode that was sent; missing for the user's own, and while it is being sent. */
  readonly openId?: string;
}

/** Waiting for an approval on the phone; a passcode does as well. */
export interface AwaitingApproval extends Common {
  readonly state: 'awaiting-approval';
  readonly current: Offer['factor'];
  /** Missing while the question is on its way to the phone. */
  readonly openId?: string;
}

/** A challenge that is not over. */
export type Open = Choosing | AwaitingPasscode | AwaitingApproval;

/** The end. */
export interface Done {
  readonly state: 'done';
}

/** A challenge, over or not. */
export type ChallengeState = Open | Done;

/** What the user typed, compared with what is known. */
export type Answer =
  | { readonly kind: 'empty' }
  /** The primary password once more: the client did not understand the question. */
  | { readonly kind: 'password-repeated' }
  /** Behind the password, where no question has been asked yet: which factor to use. */
  | { readonly kind: 'chosen'; readonly word: Word }
  /**
   * Anything else; `digest` tells equal answers, `passcode` is there when it has the form of one, `word` when it is one that
   * chooses a factor, or one digit.
   */
  | {
      readonly kind: 'typed';
      readonly digest: string;
      readonly passcode: Buffer | undefined;
      readonly word?: Word | undefined;
    };

/** A word that chooses a factor, or the number of one in the menu. */
export type Word = FactorWord | `${number}`;

/** What may be typed instead of a passcode. */
export type FactorWord = 'push' | 'sms' | 'call' | 'email' | 'code' | 'resend';

/** `malformed`: not the form of a passcode, so no guess that counts towards a lock-out. */
export type Mismatch = 'wrong' | 'replayed' | 'malformed';

/** How a challenge begins. */
export interface ChallengeLimits {
  /** Wrong answers allowed. */
  readonly attempts: number;
  readonly ttlMs: number;
  readonly mayAsk: boolean;
  readonly holds: boolean;
  readonly hasMenu: boolean;
  readonly offers: readonly Offer[];
}

// Answers that cost no attempt (empty, password repeated, another factor) may come this often for each attempt allowed.
const ROUNDS_PER_ATTEMPT = 3;

/** The state before the first event. */
export function openChallenge(limits: ChallengeLimits, nowMs: number): Open {
  const { attempts, ttlMs, mayAsk, holds, hasMenu, offers } = limits;
  const limitsLeft = {
    attemptsLeft: attempts,
    roundsLeft: attempts * ROUNDS_PER_ATTEMPT,
    expiresAtMs: nowMs + ttlMs,
    ...{ mayAsk, holds, hasMenu, offers },
    wrongDigests: [],
  };
  const first = offers.find(isOwn) ?? offers[0];
  if (first === undefined || (hasMenu && mayAsk && offers.length > 1)) return { ...limitsLeft, state: 'choosing' };
  return { ...limitsLeft, state: 'awaiting-passcode', current: first.factor };
}

/** Whether the user has the passcode already, or can read it off something. */
export function isOwn(offer: Offer): boolean {
  return offer.kind === 'own';
}

/** The offer that a word or number means here; `undefined`: none of this user's. */
export function chosenOffer(state: Open, word: Word): Offer | undefined {
  switch (word) {
    case 'code':
      return state.offers.find(isOwn);
    case 'resend':
      return state.state === 'choosing' ? undefined : state.offers.find((offer) => isAgain(offer, state.current));
    case 'push':
    case 'sms':
    case 'call':
    case 'email':
      return state.offers.find(({ factor }) => factor === word);
    default:
      // A number means something only where the menu is shown.
      return state.state === 'choosing' ? state.offers[Number(word) - 1] : undefined;
  }
}

function isAgain({ factor, kind }: Offer, current: Offer['factor']): boolean {
  return factor === current && kind !== 'own';
}

/** The same challenge, waiting for a passcode of that factor. */
export function awaitPasscode(state: Open, current: Offer['factor'], openId?: string): AwaitingPasscode {
  return { ...common(state), state: 'awaiting-passcode', current, ...(openId !== undefined && { openId }) };
}

/** The same challenge, waiting for an approval. */
export function awaitApproval(state: Open, current: Offer['factor'], openId?: string): AwaitingApproval {
  return { ...common(state), state: 'awaiting-approval', current, ...(openId !== undefined && { openId }) };
}

/** The same challenge, with the menu before the user. */
export function chooseAgain(state: Open): Choosing {
  return { ...common(state), state: 'choosing' };
}

function common(state: Open): Common {
  const { attemptsLeft, roundsLeft, expiresAtMs, mayAsk, holds, hasMenu, offers, wrongDigests } = state;
  return { attemptsLeft, roundsLeft, expiresAtMs, mayAsk, holds, hasMenu, offers, wrongDigests };
}
