import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { openSqliteStorage } from '../../../src/storage/index.ts';
import type { SqliteDeps, SqliteOptions, Storage } from '../../../src/storage/index.ts';
import type { StoreUnderTest } from '../../contract/storage.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** The master key of the tests' stores. */
export const testMasterKey = Secret.fromOctets(Buffer.alloc(32, 0x5a));

/** A store in a folder of its own. */
export interface SqliteUnderTest extends StoreUnderTest {
  readonly file: string;
  /** Does something to the database behind the store's back; the store is closed and opened again around it. */
  tamper(statements: string): Promise<Storage>;
}

/** What the store is built on, with a clock that stands still. */
export function sqliteDeps(deps: Partial<SqliteDeps> = {}): SqliteDeps & { readonly clock: FakeClock } {
  const clock = new FakeClock();
  return { masterKey: testMasterKey, random: createSystemRandom(), logger: silentLogger, ...deps, clock };
}

/** A folder that is taken away by `remove`. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sallyport-storage-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Opens an empty store in a folder of its own. */
export async function openTestStore(
  options: Partial<SqliteOptions> = {},
  overrides: Partial<SqliteDeps> = {},
): Promise<SqliteUnderTest> {
  const folder = temporaryFolder();
  const file = join(folder.path, 'data', 'sallyport.db');
  const deps = sqliteDeps(overrides);
  let storage = await openSqliteStorage({ file, ...options }, deps);
  const reopen = async (): Promise<Storage> => {
    await storage.close();
    storage = await openSqliteStorage({ file, ...options }, deps);
    return storage;
  };
  return {
    clock: deps.clock,
    file,
    get storage() {
      return storage;
    },
    reopen,
    async tamper(statements) {
      await storage.close();
      changeBehindTheBack(file, statements);
      return reopen();
    },
    async remove() {
      await storage.close();
      folder.remove();
    },
  };
}

/** Runs statements on the database file without the store. */
export function changeBehindTheBack(file: string, statements: string): void {
  const db = new DatabaseSync(file);
  db.exec(statements);
  db.close();
}
