import type { PasscodeToken } from '../factors/index.ts';
import type { NewToken } from './admin.ts';
import type { StorageErrorCode } from './storage-error.ts';

/** A token to be imported, for a user who is named. */
export interface TokenImport extends Omit<NewToken, 'userId'> {
  readonly username: string;
}

/** What became of one token of an import: what does not fit what is there is refused, the others are kept. */
export type TokenImportOutcome =
  | { readonly kind: 'imported'; readonly isUserNew: boolean }
  | { readonly kind: 'refused'; readonly code: StorageErrorCode; readonly message: string };

/** A token with its secret, and whose it is. */
export interface VaultToken extends PasscodeToken {
  readonly username: string;
  readonly isEnabled: boolean;
}

/** Tokens together with their secrets: for imports, exports and resynchronisation. Rejects with a `StorageError`. */
export interface TokenVault {
  /**
   * Adds tokens in one transaction, each with its user (made where `mayCreateUsers` and unknown) or not at all. Rejects, with
   * nothing of them kept, when the store itself fails.
   */
  importTokens(
    tokens: readonly TokenImport[],
    options: { readonly mayCreateUsers: boolean },
  ): Promise<TokenImportOutcome[]>;
  /** The tokens of one user or of all, in the order of the users' names. */
  exportTokens(username?: string): Promise<VaultToken[]>;
  /** `undefined`: there is no such serial. */
  findToken(serial: string): Promise<VaultToken | undefined>;
  /**
   * Takes a token forward: `counter` (or time step) is spent, the drift remembered, in one atomic step. `false`: that
   * counter was spent meanwhile, or the token is gone; nothing was changed.
   */
  resyncToken(tokenId: number, to: { readonly counter: number; readonly driftSteps: number }): Promise<boolean>;
}
