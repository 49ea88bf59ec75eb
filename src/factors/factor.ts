import type { Secret } from '../lib/secret.ts';

/** Kinds of passcode token. */
export type PasscodeType = 'totp' | 'hotp';

/** Kinds of second factor that a policy may name. */
export type FactorName = PasscodeType | 'sms' | 'call' | 'email' | 'push';

/** HMAC algorithms of RFC 6238 §1.2. */
export type OtpAlgorithm = 'sha1' | 'sha256' | 'sha512';

/** What a user owns that makes passcodes. */
export interface PasscodeToken {
  /** Row number in the store. */
  readonly id: number;
  readonly userId: number;
  readonly type: PasscodeType;
  /** What stands on the device or names the app's entry. */
  readonly serial: string;
  /** The shared key, raw octets. */
  readonly secret: Secret;
  /** 6, 7 or 8. */
  readonly digits: number;
  readonly algorithm: OtpAlgorithm;
  /** TOTP: seconds a step lasts. HOTP: unused. */
  readonly periodSeconds: number;
  /** The highest counter (HOTP) or time step (TOTP) already spent; −1 when none. */
  readonly lastCounter: number;
  /** TOTP: steps by which the device's clock was off at its last good passcode (positive: fast). */
  readonly driftSteps: number;
}

/** A passcode fits: spending `counter` is still to come, in one atomic step. */
export interface PasscodeMatch {
  readonly kind: 'match';
  /** The counter or time step to spend. */
  readonly counter: number;
  /** The drift to remember when it is spent (TOTP; 0 for HOTP). */
  readonly driftSteps: number;
}

/** What a passcode is to a token: `replayed` fits a counter already spent. */
export type PasscodeCheck = PasscodeMatch | { readonly kind: 'replayed' } | { readonly kind: 'wrong' };

/** One kind of passcode factor; pure. */
export interface PasscodeFactor {
  readonly type: PasscodeType;
  /** Compares digits (ASCII octets) with what the token shows at `nowMs` (wall), in constant time. */
  check(token: PasscodeToken, passcode: Buffer, nowMs: number): PasscodeCheck;
  /** All that `check` would find anything else than wrong at `nowMs`, spent ones included: for who is given a proof of the digits alone. */
  shown(token: PasscodeToken, nowMs: number): readonly string[];
}
