import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/clock.ts';
import { nameKey } from '../../lib/name-key.ts';
import type { BlockRecord, BlockStore } from '../limit-stores.ts';
import { StorageError } from '../storage-error.ts';
import { inTransaction } from './connection.ts';
import { forgetLogins } from './removals.ts';
import { settle } from './sqlite-error.ts';

/** The block list on the caller's thread: for commands. */
export function createBlockStore(db: DatabaseSync, clock: Clock, file: string, written: () => void): BlockStore {
  const asPromised = <Result>(work: () => Result): Promise<Result> =>
    settle(file, () => inTransaction(db, work)).finally(written);
  return {
    add: ({ username, reason, by, untilMs }) =>
      asPromised(() => {
        const row = db.prepare('SELECT id, name FROM users WHERE name_key = ?').get(nameKey(username));
        if (row === undefined) throw new StorageError('user-unknown', `There is no user ${username}.`);
        const { id, name } = row as { id: number; name: string };
        const fromMs = clock.nowMs();
        db.prepare(
          'INSERT OR REPLACE INTO blocks (user_id, reason, blocked_by, from_ms, until_ms) VALUES (?, ?, ?, ?, ?)',
        ).run(id, reason, by, fromMs, untilMs);
        forgetLogins(db, id);
        return { username: name, reason, by, fromMs, untilMs };
      }),
    list: () =>
      asPromised(() => {
        db.prepare('DELETE FROM blocks WHERE until_ms > 0 AND until_ms <= ?').run(clock.nowMs());
        return db
          .prepare('SELECT blocks.*, users.name FROM blocks JOIN users ON users.id = user_id ORDER BY users.name_key')
          .all()
          .map(toRecord);
      }),
    remove: (username) =>
      asPromised(() => {
        const { changes } = db
          .prepare(
            `DELETE FROM blocks WHERE user_id = (SELECT id FROM users WHERE name_key = ?)
              AND (until_ms = 0 OR until_ms > ?)`,
          )
          .run(nameKey(username), clock.nowMs());
        return changes > 0;
      }),
  };
}

interface BlockRow {
  readonly name: string;
  readonly reason: string;
  readonly blocked_by: string;
  readonly from_ms: number;
  readonly until_ms: number;
}

function toRecord(found: object): BlockRecord {
  const row = found as BlockRow;
  const { name: username, reason, blocked_by: by, from_ms: fromMs, until_ms: untilMs } = row;
  return { username, reason, by, fromMs, untilMs };
}
