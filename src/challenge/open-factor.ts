import type { FactorName, PushAnswer, PushReceipt } from '../factors/index.ts';
import type { Secret } from '../lib/secret.ts';

/** Which login a factor was opened for: a second attempt of the same one joins it. */
export interface LoginKey {
  readonly client: string;
  readonly userKey: string;
  /** Calling-Station-Id, an octet a character; empty where the NAS tells none. */
  readonly station: string;
  /** The request authenticator: the same request has the same, from whichever port it comes again (RFC 2865 §3). */
  readonly attempt?: string;
  /** The user's at that login; absent: 0. What was sent before a reset, a lost phone or a block opens nothing behind it. */
  readonly epoch?: number;
}

/** How an approval ended. */
export type Outcome = 'approved' | 'denied' | 'fraud-reported' | 'withdrawn';

/** What became of sending. */
export type Sending = { readonly kind: 'delivered' } | { readonly kind: 'failed'; readonly isLimited: boolean };

/** Sends the passcode or asks for the approval; `id` names it in what comes back. */
export type Send = (open: OpenFactor) => Promise<Sending>;

/** Where it went: it lets in only while that is the user's still. */
export interface Reached {
  /** The phone that was asked. */
  readonly tokenId?: number;
  /** The number or mail address, as the store has it. */
  readonly sentTo?: string;
}

/** A passcode that was sent, or an approval that was asked for, until it is used, refused or too old. */
export interface OpenFactor extends Reached {
  /** 32 hexadecimal digits: nobody guesses it. */
  readonly id: string;
  readonly factor: FactorName;
  readonly login: LoginKey;
  /** The passcode sent, or shown on the phone once it has approved. Missing for a plain approval. */
  readonly code?: Secret;
  /** The number that the user reads at the VPN and picks on the phone. */
  readonly number?: string;
  /** Wall milliseconds. */
  readonly sinceMs: number;
  /** Wall milliseconds. */
  readonly expiresAtMs: number;
}

/** What is opened. */
export interface Opening extends Reached {
  readonly login: LoginKey;
  readonly factor: FactorName;
  readonly ttlMs: number;
  readonly code?: Secret;
  readonly number?: string;
  readonly send: Send;
  /** Called when the phone reports a fraud while nobody waits to be told, or after the end. */
  readonly reported?: () => void;
}

/** Factors that are open outside: on their way, on a phone, waiting to be typed. They belong to this server. */
export interface OpenFactors {
  /**
   * Joins the open one of this login and factor that went to the same place, or opens one; resolves when it is delivered, or
   * is not. Where the NAS tells no station, an approval joins that of the very same request alone.
   */
  open(opening: Opening): Promise<Sending & { readonly open: OpenFactor }>;
  /** Sends the same once more, at most every 30 seconds; `false`: there is nothing open any more, or it went elsewhere. */
  resend(id: string, opening: Opening): Promise<Sending | false>;
  find(id: string): OpenFactor | undefined;
  /** Those of one login that have a passcode to be typed. */
  codesOf(login: LoginKey): readonly OpenFactor[];
  /** Compares in constant time and spends in one step: one passcode lets in once. */
  spendCode(id: string, passcode: Buffer): 'spent' | 'wrong' | 'gone';
  /** The phone has answered. Unanswered, it may still report a fraud for two minutes after the end. */
  answered(id: string, answer: PushAnswer): PushReceipt;
  /** An answer was wrong, and is not the phone's last word: after five it is over, unanswered. */
  missed(id: string): void;
  /**
   * Waits until the end is known; `undefined` at the deadline (monotonic). An approval is good for those who wait when it
   * comes, or else for the first who asks: nobody is let in by one that was used.
   */
  wait(id: string, deadlineMs: number): Promise<Outcome | undefined>;
  /** Where it went, also when it is over. */
  reachedBy(id: string): Reached;
  /** It will not be answered (the line is busy): who waits for it is told at once. */
  giveUp(id: string): void;
  /** Nobody waits for it any more: what comes now is too late. */
  close(id: string): void;
  /** Called with each one that is over unanswered, so that the phone stops showing it. */
  onClosed(listener: (open: OpenFactor) => void): void;
  /** Everything open, for the help desk: no passcodes in it. */
  list(): readonly OpenFactor[];
  count(): number;
}
