/** Kinds of code that are kept as digests: shown once, then known to their owner alone. */
export const codeKinds = ['backup', 'bypass', 'app-password'] as const;

/** One of `codeKinds`. */
export type CodeKind = (typeof codeKinds)[number];

/** A code that could be used now. */
export interface Code {
  /** Row number in the store; never given twice. */
  readonly id: number;
  readonly userId: number;
  readonly kind: CodeKind;
  /** What the store's `codeDigest` makes of the code. */
  readonly digest: Buffer;
  /** App password: name of the one client it opens; absent for the other kinds. */
  readonly client?: string;
  /** What it is for, in the administrator's words; may be empty. */
  readonly label: string;
  /** Wall time from which it is void; 0: never. */
  readonly expiresAtMs: number;
}

/** What is kept of a code in its place: a digest of it, for that user. */
export type CodeDigest = (userId: number, text: string) => Buffer;
