import { DatabaseSync } from 'node:sqlite';
import { storageError } from './sqlite-error.ts';

/** How connections of the store are opened. */
export interface ConnectionOptions {
  readonly file: string;
  /** How long a statement waits for another process's transaction. */
  readonly busyTimeoutMs: number;
  /** The size the file may reach, in pages of 4 KiB; absent: as large as the disk. */
  readonly maxPages?: number | undefined;
}

// Each checkpoint writes the pages of the log's end once, so rarer checkpoints write less; 16 MiB of WAL replay at
// a start take some tens of milliseconds.
const CHECKPOINT_PAGES = 4_000;

// Of 2 MiB, which is the default, a login of somebody among tens of thousands finds next to nothing of what it needs.
// The room is taken only as pages are read.
const CACHE_KIBIBYTES = 16_000;

/**
 * Opens a connection whose commits survive a power cut (`synchronous=FULL`: the WAL is synced at each commit).
 * Throws a `StorageError`.
 */
export function openConnection(options: ConnectionOptions): DatabaseSync {
  try {
    const db = new DatabaseSync(options.file, { timeout: options.busyTimeoutMs, enableForeignKeyConstraints: true });
    try {
      db.exec('PRAGMA synchronous = FULL');
      db.exec(`PRAGMA cache_size = -${CACHE_KIBIBYTES}`);
      db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw storageError(error, options.file);
  }
}

/** Runs `work` in one transaction that holds the write lock from its start; undoes it when `work` throws. */
export function inTransaction<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // Some errors (a full disk) have ended the transaction already.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
