import type { PasscodeToken, PushDevice } from '../factors/index.ts';
import type { Code } from './codes.ts';

/** A user as a login needs them. */
export interface LoginUser {
  readonly id: number;
  /** The name as the administrator wrote it. */
  readonly name: string;
  readonly isEnabled: boolean;
  /** Wall time until which every login is refused; 0 when not locked. */
  readonly lockedUntilMs: number;
  /** Wall time until which the block list refuses every login; `Infinity`: until somebody removes it. Absent: not blocked. */
  readonly blockedUntilMs?: number;
  /** Counted up by whatever ends the remembered logins and the open enrolment of the user; absent: 0. */
  readonly rememberEpoch?: number;
  /** argon2id in PHC form, for the `local` primary; absent when the password lives upstream. */
  readonly passwordHash?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly language?: string;
  /** argon2id in PHC form of the PIN; absent where the user has none. */
  readonly pinHash?: string;
  /** The user's own order of factors; absent: the policy's. */
  readonly preferred?: readonly string[];
  /** Names of the groups that the store keeps of the user; absent: none. */
  readonly groups?: readonly string[];
  /** The primary whose directory they come from; absent: an administrator has added them. */
  readonly source?: string;
  /** Why the enrolment was reset, to be shown to the user; absent once a token is active again. */
  readonly resetReason?: string;
}

/** Users and their tokens, read on every login: synchronous point reads, microseconds each. */
export interface Directory {
  /** The user of that name; NFC-normalised, case-insensitive; `undefined` when unknown. Throws when the store is broken. */
  findUser(name: string): LoginUser | undefined;
  /**
   * Enabled and active passcode tokens of the user. Throws when the store is broken; a secret that cannot be decrypted throws when
   * it is read.
   */
  passcodeTokens(userId: number): readonly PasscodeToken[];
  /** Enabled and active tokens of type push. Throws when the store is broken or their data cannot be decrypted. */
  pushDevices(userId: number): readonly PushDevice[];
  /** Whether the user owns an enabled token that waits for its first proof. */
  hasPending(userId: number): boolean;
  /** Codes of the user that are neither spent nor expired, of every kind. */
  codes(userId: number): readonly Code[];
  /** Whether the user owns any token, disabled and pending ones included: such a user is never taken for an unenrolled one. */
  hasTokens(userId: number): boolean;
}
