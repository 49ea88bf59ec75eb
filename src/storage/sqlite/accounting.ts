import type { DatabaseSync } from 'node:sqlite';
import type { AccountingStore, LiveSession, QueuedRecord } from '../../accounting/index.ts';
import { unpackAttributes } from '../packed-attributes.ts';
import { pushAccounting } from './accounting-operation.ts';
import type { Field } from './operations.ts';
import { storageError } from './sqlite-error.ts';

export interface AccountingStoreDeps {
  readonly file: string;
  /** Queues an operation for the writer. */
  readonly write: (push: (fields: Field[]) => void) => Promise<void>;
}

/** Sessions and the queue: written with the logins' own commits, read on the caller's thread. */
export function createAccountingStore(db: DatabaseSync, { file, write }: AccountingStoreDeps): AccountingStore {
  // One process has the queue; a command only looks at sessions.
  let waiting: number | undefined;
  const queuedCount = (): number => {
    waiting ??= Number(read(() => db.prepare('SELECT count(*) AS waiting FROM accounting_queue').get()?.['waiting']));
    return waiting;
  };
  const read = <Result>(query: () => Result): Result => {
    try {
      return query();
    } catch (error) {
      throw storageError(error, file);
    }
  };
  return {
    queuedCount,
    async apply(change) {
      const added = change.queued === undefined ? 0 : 1;
      waiting = queuedCount() + added;
      try {
        await write((fields) => pushAccounting(fields, change));
        waiting -= change.answered?.length ?? 0;
      } catch (error) {
        waiting -= added;
        throw error;
      }
    },
    sessions({ client, sessionId }) {
      const statement =
        'SELECT * FROM nas_sessions WHERE client = coalesce(?, client) AND session_id = coalesce(?, session_id) ORDER BY since_ms DESC';
      const rows = read(() => db.prepare(statement).all(client ?? null, sessionId ?? null));
      return Promise.resolve((rows as unknown as SessionRow[]).map(toSession));
    },
    queued(primary, after, limit) {
      const statement =
        'SELECT id, home, received_at_ms, attributes FROM accounting_queue WHERE home = ? AND id > ? ORDER BY id LIMIT ?';
      const rows = read(() => db.prepare(statement).all(primary, after, limit));
      return (rows as unknown as QueueRow[]).map(toRecord);
    },
  };
}

interface SessionRow {
  readonly client: string;
  readonly nas: string;
  readonly session_id: string;
  readonly username: string;
  readonly station: string;
  readonly framed_address: string;
  readonly nas_address: string;
  readonly since_ms: number;
  readonly seen_ms: number;
  readonly naming: Uint8Array;
}

interface QueueRow {
  readonly id: number;
  readonly home: string;
  readonly received_at_ms: number;
  readonly attributes: Uint8Array;
}

function toSession(row: SessionRow): LiveSession {
  return {
    client: row.client,
    nas: row.nas,
    sessionId: row.session_id,
    username: row.username,
    station: row.station,
    framedAddress: row.framed_address,
    nasAddress: row.nas_address,
    sinceMs: row.since_ms,
    seenMs: row.seen_ms,
    naming: unpackAttributes(row.naming),
  };
}

function toRecord(row: QueueRow): QueuedRecord {
  const { id, home: primary, received_at_ms: receivedAtMs, attributes } = row;
  return { id, primary, receivedAtMs, attributes: unpackAttributes(attributes) };
}
