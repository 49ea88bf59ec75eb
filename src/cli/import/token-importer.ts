import { nameKey } from '../../lib/name-key.ts';
import type { Storage, StorageErrorCode, TokenImport, TokenVault } from '../../storage/index.ts';

/** What became of a row. */
export type RowOutcome =
  { readonly kind: 'imported'; readonly isUserNew: boolean } | { readonly kind: 'refused'; readonly reason: string };

/** Puts rows into the store, each wholly or not at all. */
export interface TokenImporter {
  /**
   * Imports rows in one transaction; one outcome each. Rejects with a `StorageError` when the store itself fails: then nothing
   * of these rows is kept.
   */
  take(rows: readonly TokenImport[]): Promise<RowOutcome[]>;
}

/** How an import goes about it. */
export interface ImporterOptions {
  /** Users who are unknown are made, without a password. */
  readonly mayCreateUsers: boolean;
}

/** The importer that writes. */
export function createImporter(vault: Pick<TokenVault, 'importTokens'>, options: ImporterOptions): TokenImporter {
  return {
    async take(rows) {
      const outcomes = await vault.importTokens(rows, options);
      return outcomes.map((outcome) =>
        outcome.kind === 'imported' ? outcome : refused(reasonFor(outcome.code, outcome.message)),
      );
    },
  };
}

/** The importer of a dry run: finds the same mistakes and writes nothing. */
export async function createDryImporter(
  storage: Pick<Storage, 'users' | 'tokens'>,
  { mayCreateUsers }: ImporterOptions,
): Promise<TokenImporter> {
  const users = new Set((await storage.users.listUsers()).map(({ name }) => nameKey(name)));
  const serials = new Set((await storage.tokens.listTokens()).map(({ serial }) => serial));
  const takeRow = ({ username, serial }: TokenImport): RowOutcome => {
    const isUserNew = !users.has(nameKey(username));
    if (isUserNew && !mayCreateUsers) return refused(reasonFor('user-unknown', ''));
    if (serials.has(serial)) return refused(reasonFor('serial-exists', ''));
    users.add(nameKey(username));
    serials.add(serial);
    return { kind: 'imported', isUserNew };
  };
  return { take: (rows) => Promise.resolve(rows.map(takeRow)) };
}

function reasonFor(code: StorageErrorCode, message: string): string {
  if (code === 'user-unknown') return 'there is no such user (--create-users makes them)';
  if (code === 'serial-exists') return 'there is a token with this serial already';
  return message.replace(/\.$/, '');
}

function refused(reason: string): RowOutcome {
  return { kind: 'refused', reason };
}
