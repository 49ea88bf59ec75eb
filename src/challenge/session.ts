import type { HomeServerConversation } from '../primary/index.ts';
import type { Attribute, ClearAttribute } from '../radius/index.ts';
import type { Open } from './states.ts';

/** What the first door found, kept while the second is open. */
export interface PendingLogin {
  /** Name of the client that began; answers from another are refused. */
  readonly client: string;
  /** The user's name in its one spelling; answers of another are refused. */
  readonly userKey: string;
  /** Of the user whom the store knew by that name; answers of one made anew since are refused. */
  readonly userId?: number;
  /** That user's at the beginning; absent: 0. Answers after a reset, a lost phone or a block, which count it up, are refused. */
  readonly epoch?: number;
  /** Name of the primary that decided; absent when none did (`unavailable: allow`). */
  readonly primary?: string;
  /** Who let the login pass the first door without one: the policy, the client, or a command for a while. */
  readonly unavailableBy?: 'policy' | 'client' | 'command';
  /** Attributes of the home server's Accept, released with ours; they hold no view into a datagram. */
  readonly attributes: readonly ClearAttribute[];
  /** What the plan was that the login began under, in the words of `policy`. */
  readonly begun?: string;
  /** Tells the primary password when it is sent again. */
  readonly passwordDigest?: string;
  /** The password is right but too old: a new one is chosen before anybody is let in. */
  readonly stale?: StalePassword;
}

/** A password that has to be changed. */
export interface StalePassword {
  readonly reason: 'password-expired' | 'password-must-change';
  /** What the change is made with, and nobody can read here: the password itself, or a change by MS-CHAP. */
  readonly sealed: Buffer;
  /** The user's side has made the change already: it goes to the home server as it is. */
  readonly isRelayed?: true;
}

/** How far a user is with a new password. */
export interface NewPasswordChoice {
  /** Passwords that may still be tried, this one included. */
  readonly triesLeft: number;
  /** Monotonic milliseconds, for all rounds together. */
  readonly expiresAtMs: number;
  /** Of what was typed first, when it is to be typed again. */
  readonly typedDigest?: string;
  /** How the second door was passed, where it came first. */
  readonly passed?: { readonly reason: string; readonly factor?: string };
}

/** One round of a conversation with a user. */
export type ChallengeSession =
  | { readonly kind: 'second-door'; readonly login: PendingLogin; readonly challenge: Open }
  /** The user sets up a second factor meanwhile. */
  | { readonly kind: 'enrolment'; readonly login: PendingLogin }
  /** The user chooses a new password; `login.stale` is there. */
  | { readonly kind: 'new-password'; readonly login: PendingLogin; readonly choice: NewPasswordChoice }
  /** The home server asked: its State stays in here. */
  | { readonly kind: 'home-server'; readonly login: PendingLogin; readonly conversation: HomeServerConversation };

/** Who answers a round. */
export interface Bearer {
  readonly client: string;
  readonly userKey: string;
}

/** The question that followed a round, sent again when its answer is. */
export interface Question {
  readonly state: Buffer;
  readonly message: string;
  readonly echo: boolean;
  /** A home server's own words, used instead. */
  readonly relayed?: readonly Attribute[];
}

/** What taking a round gives. */
export type Taken =
  | { readonly kind: 'taken'; readonly session: ChallengeSession }
  /** Answered before, with these same octets, and the decision is still under way. */
  | { readonly kind: 'in-progress' }
  /** Answered before with the same octets, and a further question was the reply. */
  | { readonly kind: 'repeated'; readonly question: Question }
  | { readonly kind: 'spent' }
  /** Of another client or user; it stays as it was. */
  | { readonly kind: 'mismatched' }
  /** Never issued, or too old. */
  | { readonly kind: 'unknown' };

/** Keeps rounds until they are answered, once each. */
export interface SessionStore {
  /**
   * Keeps a round for `ttlMs`. False when the store is full, or half full where a home server asks: the challenge is not
   * sent.
   */
  put(id: string, session: ChallengeSession, ttlMs: number): Promise<boolean>;
  /** Takes a round out in one atomic step, remembering that it was spent on this answer. */
  take(id: string, bearer: Bearer, answerDigest: string): Promise<Taken>;
  /** The answer to a taken round is decided: by a further question, or by a verdict. */
  conclude(id: string, question: Question | undefined): Promise<void>;
  /** Rounds waiting for an answer. */
  pending(): number;
}
