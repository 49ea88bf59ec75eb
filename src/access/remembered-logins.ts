/** A login that needed both doors, and for a while needs the first alone. */
export interface RememberedLogin {
  readonly id: number;
  readonly userId: number;
  /** Wall time. */
  readonly createdAtMs: number;
  /** Wall time. */
  readonly expiresAtMs: number;
}

/** A login to be remembered. */
export interface NewRememberedLogin {
  readonly userId: number;
  /** Tells it from every other; says nothing by itself. */
  readonly digest: string;
  /** For administrators. */
  readonly client: string;
  /** Calling-Station-Id, an octet a character. */
  readonly station: string;
  readonly expiresAtMs: number;
}

/** Remembered logins, as a login needs them. */
export interface RememberedLogins {
  /** A synchronous point read, microseconds; `undefined`: there is none. Throws when the store is broken. */
  find(digest: string): RememberedLogin | undefined;
  /** What names a login in the store: HMAC-SHA-256 over the parts, under a key derived from the master key. */
  digest(parts: readonly string[]): string;
  /** Keeps it, in place of the same one. Resolves when it is on disk; never rejects: what cannot be written is logged and forgotten. */
  keep(login: NewRememberedLogin): Promise<void>;
}
