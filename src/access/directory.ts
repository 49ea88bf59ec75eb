import type { PasscodeToken } from '../factors/index.ts';

/** A user as a login needs them. */
export interface LoginUser {
  readonly id: number;
  /** The name as the administrator wrote it. */
  readonly name: string;
  readonly isEnabled: boolean;
  /** Wall time until which every login is refused; 0 when not locked. */
  readonly lockedUntilMs: number;
  /** argon2id in PHC form, for the `local` primary; absent when the password lives upstream. */
  readonly passwordHash?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly language?: string;
}

/** Users and their tokens, read on every login: synchronous point reads, microseconds each. */
export interface Directory {
  /** The user of that name; NFC-normalised, case-insensitive; `undefined` when unknown. Throws when the store is broken. */
  findUser(name: string): LoginUser | undefined;
  /**
   * Enabled passcode tokens of the user. Throws when the store is broken; a secret that cannot be decrypted throws when
   * it is read.
   */
  passcodeTokens(userId: number): readonly PasscodeToken[];
  /** Whether the user owns any token, disabled ones included: such a user is never taken for an unenrolled one. */
  hasTokens(userId: number): boolean;
}
