import type { AuditEvent } from '../access/index.ts';
import type { CodeKind, LoginUser } from '../access/index.ts';
import type {
  DeliveryLog,
  DeliveryRecord,
  OtpAlgorithm,
  PasscodeToken,
  PasscodeType,
  PushProtocol,
} from '../factors/index.ts';
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
  /** argon2id in PHC form. */
  readonly pinHash?: string | null | undefined;
  /** The user's own order of factors. */
  readonly preferred?: readonly string[] | null | undefined;
  /** Names of groups, instead of those the user had. */
  readonly groups?: readonly string[] | null | undefined;
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
  /** Default `active`. */
  readonly state?: TokenState;
}

/** A push token to be kept; its data is encrypted before it reaches the disk. */
export interface NewPushToken {
  readonly userId: number;
  /** Unique in the store. */
  readonly serial: string;
  readonly protocol: PushProtocol;
  readonly data: Secret;
  /** Default `pending`: the phone proves itself by its first answer. */
  readonly state?: TokenState;
}

/** Whether a token is used in logins, or waits for its owner's first proof. */
export type TokenState = 'active' | 'pending';

interface AnyTokenRecord {
  readonly id: number;
  readonly userId: number;
  readonly serial: string;
  readonly username: string;
  readonly isEnabled: boolean;
  readonly state: TokenState;
  readonly createdAtMs: number;
}

/** A passcode token as an administrator sees it: without its secret. */
export interface PasscodeTokenRecord extends AnyTokenRecord, Omit<PasscodeToken, 'secret'> {}

/** A push token as an administrator sees it: without its data. */
export interface PushTokenRecord extends AnyTokenRecord {
  readonly type: 'push';
  readonly protocol: PushProtocol;
}

/** A token as an administrator sees it. */
export type TokenRecord = PasscodeTokenRecord | PushTokenRecord;

/** A code to be kept. */
export interface NewCode {
  readonly userId: number;
  readonly kind: CodeKind;
  /** What `codeDigest` makes of it. */
  readonly digest: Buffer;
  readonly client?: string;
  readonly label: string;
  /** 0: never. */
  readonly expiresAtMs: number;
}

/** A code as an administrator sees it: without its digest. */
export interface CodeRecord extends Omit<NewCode, 'digest'> {
  readonly id: number;
  readonly username: string;
  readonly createdAtMs: number;
}

/** Which codes are wanted; all conditions hold together. */
export interface CodeQuery {
  readonly kind: CodeKind;
  readonly username?: string | undefined;
}

/** What was taken from a user. */
export interface Removed {
  readonly hadPhone: boolean;
  /** Serials. */
  readonly passcodeTokens: readonly string[];
  /** Serials. */
  readonly pushTokens: readonly string[];
  readonly codes: Readonly<Record<CodeKind, number>>;
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
  /** Deletes the user, their tokens and codes. */
  deleteUser(name: string): Promise<void>;
  /**
   * Takes every token and code of the user, so that they enrol again; the reason is shown until a token is active. One
   * atomic step; `code: 'user-unknown'`.
   */
  resetUser(name: string, reason: string): Promise<Removed>;
  /** Takes what a lost phone may give away: number, push tokens and codes. One atomic step; `code: 'user-unknown'`. */
  forgetPhone(name: string): Promise<Removed>;
}

/** Tokens, for commands and later the console. */
export interface TokenStore {
  /** `code: 'serial-exists' | 'user-unknown'`. */
  addToken(token: NewToken): Promise<PasscodeTokenRecord>;
  /** `code: 'serial-exists' | 'user-unknown'`. */
  addPushToken(token: NewPushToken): Promise<PushTokenRecord>;
  listTokens(username?: string): Promise<TokenRecord[]>;
  /** `code: 'token-unknown'`. */
  setTokenEnabled(serial: string, isEnabled: boolean): Promise<void>;
  deleteToken(serial: string): Promise<void>;
  /** A passcode token that waits for its first proof, with its secret; `undefined`: none, disabled, or active already. */
  findPending(serial: string): Promise<PasscodeToken | undefined>;
  /**
   * Spends the passcode that fitted and makes the pending token active, in one atomic step. `not-pending`: it is not
   * there, disabled, or active already.
   */
  activateToken(
    serial: string,
    proof: { readonly counter: number; readonly driftSteps: number },
  ): Promise<'activated' | 'replayed' | 'not-pending'>;
}

/** Codes, for commands and later the console. */
export interface CodeStore {
  /** `code: 'user-unknown'`. */
  addCode(code: NewCode): Promise<CodeRecord>;
  /** Puts new backup codes in the place of the user's old ones, in one atomic step; `code: 'user-unknown'`. */
  replaceBackupCodes(userId: number, digests: readonly Buffer[]): Promise<void>;
  /** Codes that are neither spent nor expired. */
  listCodes(query: CodeQuery): Promise<CodeRecord[]>;
  /** `code: 'code-unknown'`. */
  deleteCode(id: number, kind: CodeKind): Promise<CodeRecord>;
  /** Deletes the codes of that kind, of one user or of all; how many there were. */
  deleteCodes(query: CodeQuery): Promise<number>;
}

/** A delivery in the record, with the name its user had and what was reported later. */
export interface RecordedDelivery extends DeliveryRecord {
  readonly username: string;
  readonly report?: {
    readonly outcome: 'delivered' | 'undelivered';
    readonly atMs: number;
    readonly problem?: string;
  };
}

/** Which deliveries a report wants; all conditions hold together. */
export interface DeliveryQuery {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly user?: string | undefined;
  readonly channel?: DeliveryRecord['channel'] | undefined;
  readonly gateway?: string | undefined;
  /** Newest first; at most this many. */
  readonly limit?: number | undefined;
}

/** The record of deliveries. */
export interface DeliveryStore extends DeliveryLog {
  /** Streams matching deliveries, newest first. */
  list(query: DeliveryQuery): AsyncIterable<RecordedDelivery>;
}

/** The authentication log, for commands and later the console. */
export interface EventStore {
  /** Streams matching events, newest first. */
  events(query: EventQuery): AsyncIterable<AuditEvent>;
  /** Recomputes the whole hash chain; `progress` is told how many events are done. */
  verifyChain(progress?: (done: number, total: number) => void): Promise<ChainCheck>;
}
