import { nameKey } from '../../lib/name-key.ts';
import { StorageError } from '../../storage/index.ts';
import type { Storage, StorageErrorCode } from '../../storage/index.ts';
import type { TokenRow } from './token-row.ts';

/** How an import goes about it. */
export interface ImportOptions {
  /** Users who are unknown are made, without a password. */
  readonly mayCreateUsers: boolean;
  /** Everything is checked, nothing is written. */
  readonly isDryRun: boolean;
}

/** What became of a row. */
export type RowOutcome =
  { readonly kind: 'imported'; readonly isUserNew: boolean } | { readonly kind: 'refused'; readonly reason: string };

// What is wrong with one row; anything else (a full disk) ends the import.
const rowProblems: ReadonlySet<StorageErrorCode> = new Set([
  'user-exists',
  'user-unknown',
  'user-name-invalid',
  'serial-exists',
  'serial-invalid',
]);

/** Puts rows into the store, each wholly or not at all. */
export class TokenImporter {
  readonly #storage: Pick<Storage, 'users' | 'tokens'>;
  readonly #options: ImportOptions;
  readonly #serials: Set<string>;
  // Row numbers by name; a dry run's new users have none.
  readonly #users = new Map<string, number>();

  private constructor(storage: Pick<Storage, 'users' | 'tokens'>, options: ImportOptions, serials: Set<string>) {
    this.#storage = storage;
    this.#options = options;
    this.#serials = serials;
  }

  /** An importer that knows the serials that are there already. */
  static async open(storage: Pick<Storage, 'users' | 'tokens'>, options: ImportOptions): Promise<TokenImporter> {
    const tokens = await storage.tokens.listTokens();
    return new TokenImporter(storage, options, new Set(tokens.map(({ serial }) => serial)));
  }

  /** Imports one row. Rejects with a `StorageError` when the store itself fails: then nothing of the row is kept. */
  async take(row: TokenRow): Promise<RowOutcome> {
    if (this.#serials.has(row.serial)) return refused('there is a token with this serial already');
    const userId = await this.#findUser(row.username);
    if (userId === undefined && !this.#options.mayCreateUsers) {
      return refused('there is no such user (--create-users makes them)');
    }
    try {
      if (userId === undefined) await this.#addWithUser(row);
      else await this.#addToken(row, userId);
    } catch (error) {
      if (error instanceof StorageError && rowProblems.has(error.code))
        return refused(error.message.replace(/\.$/, ''));
      throw error;
    }
    this.#serials.add(row.serial);
    return { kind: 'imported', isUserNew: userId === undefined };
  }

  async #findUser(username: string): Promise<number | undefined> {
    const key = nameKey(username);
    const known = this.#users.get(key);
    if (known !== undefined) return known;
    const id = (await this.#storage.users.findUserRecord(username))?.id;
    if (id !== undefined) this.#users.set(key, id);
    return id;
  }

  async #addWithUser(row: TokenRow): Promise<void> {
    const { users } = this.#storage;
    const id = this.#options.isDryRun ? -1 : (await users.addUser(row.username, {})).id;
    try {
      await this.#addToken(row, id);
    } catch (error) {
      // A row is kept wholly or not at all.
      await users.deleteUser(row.username);
      throw error;
    }
    this.#users.set(nameKey(row.username), id);
  }

  async #addToken(row: TokenRow, userId: number): Promise<void> {
    if (this.#options.isDryRun) return;
    const { type, serial, secret, digits, algorithm, periodSeconds, nextCounter } = row;
    await this.#storage.tokens.addToken({
      userId,
      type,
      serial,
      secret,
      digits,
      algorithm,
      periodSeconds,
      nextCounter,
    });
  }
}

function refused(reason: string): RowOutcome {
  return { kind: 'refused', reason };
}
