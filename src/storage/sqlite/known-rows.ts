import type { DatabaseSync } from 'node:sqlite';
import { createBoundedCache, type BoundedCache } from '../../lib/bounded-cache.ts';
import { inTransaction } from './connection.ts';
import type { Snapshot } from './snapshot.ts';

// A login reads its user four or five times within seconds: who are known here are those who are logging in just now.
const MOST_ROWS = 2_048;

/**
 * Rows of the reader's tables, kept until anything of those tables changes, by whichever process. Triggers of the database
 * count the changes, and the count is read with each snapshot: so a row that is given is the one that a statement would
 * give in that snapshot.
 */
export class KnownRows<Key extends string | number, Row extends object> {
  readonly #rows: BoundedCache<Key, Row> = createBoundedCache({ maxEntries: MOST_ROWS });
  // Keys that have none. Apart: whoever invents names must not drive out who is there.
  readonly #absent: BoundedCache<Key, true> = createBoundedCache({ maxEntries: MOST_ROWS });
  readonly #changes: Changes;
  #count = -1;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  /** Within a snapshot. `read` asks the database. */
  get(key: Key, read: () => Row | undefined): Row | undefined {
    const count = this.#changes.count();
    if (count !== this.#count) {
      this.#rows.clear();
      this.#absent.clear();
      this.#count = count;
    }
    const known = this.#rows.get(key);
    if (known !== undefined || this.#absent.has(key)) return known;
    const found = read();
    if (found === undefined) this.#absent.set(key, true);
    else this.#rows.set(key, found);
    return found;
  }
}

/** How often the tables of the reader were changed. */
export interface Changes {
  /** Within a snapshot; read once in each. */
  count(): number;
}

/** Reads the count of changes on the connection of the snapshot. */
export function readChanges(db: DatabaseSync, snapshot: Snapshot): Changes {
  const find = db.prepare(`SELECT changes FROM ${TABLE}`);
  find.setReturnArrays(true);
  let seen = -1;
  let count = -1;
  return {
    count() {
      if (snapshot.number !== seen) {
        const row = find.get() as [number] | undefined;
        if (row === undefined) throw new Error('the count of changes is missing');
        count = row[0];
        seen = snapshot.number;
      }
      return count;
    },
  };
}

const TABLE = 'directory_changes';

// What logins write all the time and no row that is kept holds.
const uncounted: Readonly<Record<string, readonly string[]>> = { users: ['failures'], tokens: ['data'], blocks: [] };

/** Puts what counts into the database, unless it is there for just these columns. */
export function countChanges(db: DatabaseSync): void {
  const wanted = triggers(db);
  const present = db.prepare(`SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '${TABLE}%'`).all();
  const isThere = wanted.length === present.length && present.every(({ sql }) => wanted.includes(String(sql)));
  if (isThere) return;
  inTransaction(db, () => {
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${TABLE} (id INTEGER PRIMARY KEY CHECK (id = 1), changes INTEGER NOT NULL) STRICT`,
    );
    db.exec(`INSERT OR IGNORE INTO ${TABLE} (id, changes) VALUES (1, 0)`);
    for (const { name } of namesOf(db)) db.exec(`DROP TRIGGER "${name}"`);
    for (const trigger of wanted) db.exec(trigger);
    db.exec(`UPDATE ${TABLE} SET changes = changes + 1`);
  });
}

function namesOf(db: DatabaseSync): { readonly name: string }[] {
  const found = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '${TABLE}%'`).all();
  return found.map(({ name }) => ({ name: String(name) }));
}

// One that is replaced (INSERT OR REPLACE) is deleted without a word, and inserted aloud.
function triggers(db: DatabaseSync): string[] {
  return Object.entries(uncounted).flatMap(([table, left]) => {
    const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all(table);
    const counted = columns.map(({ name }) => String(name)).filter((name) => !left.includes(name));
    const events = ['INSERT', 'DELETE', `UPDATE OF ${counted.join(', ')}`];
    return events.map((event) => {
      const name = `${TABLE}_${table}_${event.slice(0, 6).toLowerCase()}`;
      return `CREATE TRIGGER ${name} AFTER ${event} ON ${table} BEGIN UPDATE ${TABLE} SET changes = changes + 1; END`;
    });
  });
}
