import type { AuditEvent } from '../access/index.ts';
import type { LoginUser } from '../access/index.ts';
import type { OtpAlgorithm, PasscodeToken, PasscodeType } from '../factors/index.ts';
import type { Secret } from '../lib/secret.ts';

/** A user as an administrator sees them. */
export interface UserRecord extends LoginUser {
  readonly createdAtMs: number;
  /** Wrong answers counted since the last good one. */
  readonly failures: number;
  /** Tokens of the user, enabled or not. */
  readonly tokenCount: number;
}

/** What can be set of a user; `undefined` leaves a field as it is, `null` empties it. */
export interface UserFields {
  readonly isEnabled?: boolean | undefined;
  /** argon2id in PHC form. */
  readonly passwordHash?: string | null | undefined;
  readonly firstName?: string | null | undefined;
  readonly lastName?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly language?: string | null | undefined;
}

/** A token to be kept; its secret is encrypted before it reaches the disk. */
export interface NewToken {
  readonly userId: number;
  readonly type: PasscodeType;
  /** Unique in the store. */
  readonly serial: string;
  readonly secret: Secret;
  readonly digits: number;
  readonly algorithm: OtpAlgorithm;
  readonly periodSeconds: number;
  /** HOTP: the next counter the device shows; 0 for a new one. TOTP: 0. */
  readonly nextCounter: number;
}

/** A token as an administrator sees it: without its secret. */
export interface TokenRecord extends Omit<PasscodeToken, 'secret'> {
  readonly username: string;
  readonly isEnabled: boolean;
  readonly createdAtMs: number;
}

/** Which events a report wants; all conditions hold together. */
export interface EventQuery {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly user?: string | undefined;
  readonly client?: string | undefined;
  readonly verdict?: AuditEvent['verdict'] | undefined;
  readonly reason?: string | undefined;
  /** Newest first; at most this many. */
  readonly limit?: number | undefined;
}

/** What `audit verify` finds. */
export type ChainCheck =
  | { readonly kind: 'intact'; readonly events: number }
  | { readonly kind: 'broken'; readonly sequence: number; readonly problem: string };

/** Users, for commands and later the console. Rejects with a `StorageError` whose `code` says why. */
export interface UserStore {
  /** `code: 'user-exists'` when the name (any case) is taken. */
  addUser(name: string, fields: UserFields): Promise<UserRecord>;
  findUserRecord(name: string): Promise<UserRecord | undefined>;
  listUsers(): Promise<UserRecord[]>;
  countUsers(): Promise<number>;
  /** `code: 'user-unknown'`. */
  setUser(name: string, fields: UserFields): Promise<UserRecord>;
  /** Ends a lock-out and forgets the failures. */
  unlockUser(name: string): Promise<void>;
  /** Deletes the user and their tokens. */
  deleteUser(name: string): Promise<void>;
}

/** Tokens, for commands and later the console. */
export interface TokenStore {
  /** `code: 'serial-exists' | 'user-unknown'`. */
  addToken(token: NewToken): Promise<TokenRecord>;
  listTokens(username?: string): Promise<TokenRecord[]>;
  /** `code: 'token-unknown'`. */
  setTokenEnabled(serial: string, isEnabled: boolean): Promise<void>;
  deleteToken(serial: string): Promise<void>;
}

/** The authentication log, for commands and later the console. */
export interface EventStore {
  /** Streams matching events, newest first. */
  events(query: EventQuery): AsyncIterable<AuditEvent>;
  /** Recomputes the whole hash chain; `progress` is told how many events are done. */
  verifyChain(progress?: (done: number, total: number) => void): Promise<ChainCheck>;
}
