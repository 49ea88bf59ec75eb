import type { DatabaseSync } from 'node:sqlite';

// Long enough to be shared by the reads of a few dozen logins under load, too short for anybody to notice.
const SNAPSHOT_MS = 5;

/**
 * One read transaction for the reads of the next few milliseconds: alone, each read would lock and unlock the file and
 * begin with an empty page cache, which costs three times the read. Whoever writes on this thread what is read, or learns
 * of such a write, calls `leave`, so that what comes after sees it; writes of other processes are seen within 5 ms.
 */
export class Snapshot {
  readonly #db: DatabaseSync;
  readonly #begin;
  readonly #commit;
  #timer: NodeJS.Timeout | undefined;
  #number = 0;

  /** On a connection of its own, which nobody writes with. */
  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#begin = db.prepare('BEGIN');
    this.#commit = db.prepare('COMMIT');
  }

  /** Before each read. Throws SQLite's error. */
  enter(): void {
    if (this.#timer !== undefined) return;
    this.#begin.run();
    this.#number += 1;
    this.#timer = setTimeout(this.leave, SNAPSHOT_MS).unref();
  }

  /** Whether one is in use: the next read gets it. */
  get isOpen(): boolean {
    return this.#timer !== undefined;
  }

  /** Of the present snapshot, to tell it from others. */
  get number(): number {
    return this.#number;
  }

  /** The next read sees what is written by now. */
  readonly leave = (): void => {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // After some errors (a failing disk) SQLite has ended the transaction already, or lets it end only without a commit.
    try {
      if (this.#db.isTransaction) this.#commit.run();
    } catch {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    }
  };
}
