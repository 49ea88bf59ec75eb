import { createHmac } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { nameKey } from '../../lib/name-key.ts';
import type { RememberedRecord, RememberedStore } from '../limit-stores.ts';
import { inTransaction } from './connection.ts';
import { pushForget, pushRemember } from './limit-operations.ts';
import type { Field } from './operations.ts';
import { settle, storageError } from './sqlite-error.ts';
import type { Snapshot } from './snapshot.ts';

export interface RememberedDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly file: string;
  /** Names logins. */
  readonly key: Uint8Array;
  /** A connection for reading, and its snapshot. */
  readonly readers: DatabaseSync;
  readonly snapshot: Snapshot;
  /** Queues an operation for the writer. */
  readonly write: (push: (fields: Field[]) => void) => Promise<void>;
  /** Called after each write on this thread. */
  readonly written: () => void;
}

/** Remembered logins: a login's reads on the caller's thread, its writes with its own commit. */
export function createRememberedStore(db: DatabaseSync, deps: RememberedDeps): RememberedStore {
  const { clock, file } = deps;
  const find = deps.readers.prepare(
    'SELECT id, user_id, created_at_ms, expires_at_ms FROM remembered WHERE digest = ?',
  );
  find.setReturnArrays(true);
  const asPromised = <Result>(work: () => Result): Promise<Result> =>
    settle(file, () => inTransaction(db, work)).finally(deps.written);
  const write = (push: (fields: Field[]) => void): Promise<void> =>
    deps.write(push).catch((error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error);
      deps.logger.error({ problem }, 'Remembered logins could not be written.');
    });
  return {
    find(digest) {
      try {
        deps.snapshot.enter();
        const row = find.get(digest) as unknown as FoundRow | undefined;
        return row && { id: row[0], userId: row[1], createdAtMs: row[2], expiresAtMs: row[3] };
      } catch (error) {
        throw storageError(error, file);
      }
    },
    digest: (parts) => createHmac('sha256', deps.key).update(JSON.stringify(parts)).digest('hex'),
    keep: (login) => write((fields) => pushRemember(fields, login, clock.nowMs())),
    end: ({ username, client, station }) =>
      write((fields) => pushForget(fields, { userKey: nameKey(username), client, station })),
    list: (username) => asPromised(() => list(db, clock.nowMs(), username)),
    revoke: (username) => asPromised(() => revoke(db, clock.nowMs(), username)),
  };
}

type FoundRow = [id: number, userId: number, createdAtMs: number, expiresAtMs: number];

function list(db: DatabaseSync, nowMs: number, username: string | undefined): RememberedRecord[] {
  const whose = username === undefined ? '' : 'AND users.name_key = ?';
  const values = username === undefined ? [] : [nameKey(username)];
  const statement = db.prepare(
    `SELECT remembered.*, users.name FROM remembered JOIN users ON users.id = user_id
      WHERE expires_at_ms > ? ${whose} ORDER BY users.name_key, remembered.id`,
  );
  return statement.all(nowMs, ...values).map(toRecord);
}

// The epoch of each is counted up: also what is being written down just now is void.
function revoke(db: DatabaseSync, nowMs: number, username: string | undefined): number {
  const count = list(db, nowMs, username).length;
  if (username === undefined) {
    db.exec('DELETE FROM remembered; UPDATE users SET remember_epoch = remember_epoch + 1');
    return count;
  }
  const whose = 'SELECT id FROM users WHERE name_key = ?';
  db.prepare(`DELETE FROM remembered WHERE user_id = (${whose})`).run(nameKey(username));
  db.prepare('UPDATE users SET remember_epoch = remember_epoch + 1 WHERE name_key = ?').run(nameKey(username));
  return count;
}

interface RememberedRow {
  readonly id: number;
  readonly name: string;
  readonly client: string;
  readonly station: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
}

function toRecord(found: object): RememberedRecord {
  const { id, name, client, station, created_at_ms: createdAtMs, expires_at_ms: expiresAtMs } = found as RememberedRow;
  return { id, username: name, client, station, createdAtMs, expiresAtMs };
}
