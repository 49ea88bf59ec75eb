import type { Opening, RememberedLogins, Openings } from '../access/index.ts';

/** A user whom nobody lets in, whatever they know, until the block ends. */
export interface NewBlock {
  /** In any case. */
  readonly username: string;
  readonly reason: string;
  /** Who says so: an administrator's account, or `user` for a report from the phone. */
  readonly by: string;
  /** Wall time; 0: until somebody removes it. */
  readonly untilMs: number;
}

/** A block that is in force. */
export interface BlockRecord extends NewBlock {
  readonly fromMs: number;
}

/** The block list. */
export interface BlockStore {
  /** In place of one there was; `code: 'user-unknown'`. Ends the remembered logins of the user. */
  add(block: NewBlock): Promise<BlockRecord>;
  /** Those in force, by name. */
  list(): Promise<BlockRecord[]>;
  /** `false`: the user was not blocked. */
  remove(username: string): Promise<boolean>;
}

/** A remembered login as an administrator sees it. */
export interface RememberedRecord {
  readonly id: number;
  readonly username: string;
  readonly client: string;
  /** Calling-Station-Id, an octet a character. */
  readonly station: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Logins that need no second factor for a while, for the gate and for administrators. */
export interface RememberedStore extends RememberedLogins {
  /** Those that can still be used, by name. */
  list(username?: string): Promise<RememberedRecord[]>;
  /** Ends those of one user, or all; how many there were. */
  revoke(username: string | undefined): Promise<number>;
  /**
   * Ends those of a user at one client from one station (Calling-Station-Id, an octet a character): what an
   * Accounting-Stop may ask for. Never rejects: what cannot be written is logged.
   */
  end(login: { readonly username: string; readonly client: string; readonly station: string }): Promise<void>;
}

/** Times at which the second door may decide alone, for the gate and for administrators. */
export interface OpeningStore extends Openings {
  /** From now on, in place of one there was for the client (`undefined`: for all). */
  open(opening: {
    readonly client: string | undefined;
    readonly reason: string;
    readonly minutes: number;
  }): Promise<Opening>;
  /** Those in force. */
  list(): Promise<Opening[]>;
  /** Ends that of the client, or every one; how many there were. */
  close(client: string | undefined): Promise<number>;
}
