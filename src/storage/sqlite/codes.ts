import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { CodeKind } from '../../access/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { nameKey } from '../../lib/name-key.ts';
import type { CodeQuery, CodeRecord, CodeStore, NewCode } from '../admin.ts';
import { StorageError } from '../storage-error.ts';
import { inTransaction } from './connection.ts';
import { settle } from './sqlite-error.ts';
import { usableCode } from './writer-statements.ts';

/** Codes on the caller's thread: for commands and the console. */
export function createCodeStore(db: DatabaseSync, clock: Clock, file: string, written: () => void): CodeStore {
  const asPromised = <Result>(work: () => Result): Promise<Result> =>
    settle(file, () => inTransaction(db, work)).finally(written);
  return {
    addCode: (code) => asPromised(() => addCode(db, clock.nowMs(), code)),
    replaceBackupCodes: (userId, digests) =>
      asPromised(() => {
        mustKnow(db, userId);
        db.prepare(`DELETE FROM codes WHERE user_id = ? AND kind = 'backup'`).run(userId);
        for (const digest of digests) {
          addCode(db, clock.nowMs(), { userId, kind: 'backup', digest, label: '', expiresAtMs: 0 });
        }
      }),
    listCodes: (query) => asPromised(() => listCodes(db, clock.nowMs(), query)),
    deleteCode: (id, kind) => asPromised(() => deleteCode(db, clock.nowMs(), id, kind)),
    deleteCodes: (query) => asPromised(() => deleteCodes(db, clock.nowMs(), query)),
  };
}

const selectRecords = 'SELECT codes.*, users.name AS username FROM codes JOIN users ON users.id = codes.user_id';

// Whoever adds a code sweeps up those that have expired, of all users.
function addCode(db: DatabaseSync, nowMs: number, code: NewCode): CodeRecord {
  db.prepare('DELETE FROM codes WHERE expires_at_ms > 0 AND expires_at_ms <= ?').run(nowMs);
  mustKnow(db, code.userId);
  const { userId, kind, digest, client = null, label, expiresAtMs } = code;
  const { lastInsertRowid } = db
    .prepare(
      'INSERT INTO codes (user_id, kind, digest, client, label, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    .run(userId, kind, digest, client, label, nowMs, expiresAtMs);
  return toRecord(db.prepare(`${selectRecords} WHERE codes.id = ?`).get(lastInsertRowid));
}

function mustKnow(db: DatabaseSync, userId: number): void {
  if (db.prepare('SELECT 1 FROM users WHERE id = ?').get(userId) !== undefined) return;
  throw new StorageError('user-unknown', 'The user the code is for does not exist.');
}

function listCodes(db: DatabaseSync, nowMs: number, query: CodeQuery): CodeRecord[] {
  const { condition, values } = conditionOf(query);
  const statement = db.prepare(
    `${selectRecords} WHERE ${condition} AND ${usableCode}
      ORDER BY users.name_key, codes.id`,
  );
  return statement.all(...values, nowMs, nowMs).map(toRecord);
}

function deleteCode(db: DatabaseSync, nowMs: number, id: number, kind: CodeKind): CodeRecord {
  const found = db
    .prepare(`${selectRecords} WHERE codes.id = ? AND kind = ? AND (expires_at_ms = 0 OR expires_at_ms > ?)`)
    .get(id, kind, nowMs);
  if (found === undefined) throw new StorageError('code-unknown', `There is no such code with the number ${id}.`);
  db.prepare('DELETE FROM codes WHERE id = ?').run(id);
  return toRecord(found);
}

function deleteCodes(db: DatabaseSync, nowMs: number, query: CodeQuery): number {
  const { condition, values } = conditionOf(query);
  const ids = `SELECT codes.id FROM codes JOIN users ON users.id = codes.user_id WHERE ${condition}`;
  db.prepare('DELETE FROM codes WHERE expires_at_ms > 0 AND expires_at_ms <= ?').run(nowMs);
  return Number(db.prepare(`DELETE FROM codes WHERE id IN (${ids})`).run(...values).changes);
}

function conditionOf({ kind, username }: CodeQuery): { condition: string; values: SQLInputValue[] } {
  if (username === undefined) return { condition: 'kind = ?', values: [kind] };
  return { condition: 'kind = ? AND users.name_key = ?', values: [kind, nameKey(username)] };
}

interface CodeRow {
  readonly id: number;
  readonly user_id: number;
  readonly kind: CodeKind;
  readonly client: string | null;
  readonly label: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
  readonly username: string;
}

function toRecord(found: unknown): CodeRecord {
  const row = found as CodeRow;
  return {
    id: row.id,
    userId: row.user_id,
    username: row.username,
    kind: row.kind,
    ...(row.client !== null && { client: row.client }),
    label: row.label,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
}
