import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditEvent } from '../../access/index.ts';
import { nameKey } from '../../lib/name-key.ts';
import type { EventQuery, EventStore } from '../admin.ts';
import type { HeadSeal } from '../chain.ts';
import { parseEvent } from '../event-body.ts';
import { storageError } from './sqlite-error.ts';
import { verifyChain } from './verify-chain.ts';

// Read at once, before other work gets its turn.
const PAGE_ROWS = 500;

/** The authentication log, read in pages on the caller's thread. */
export function createEventStore(db: DatabaseSync, seal: HeadSeal, file: string): EventStore {
  return {
    async *events(query) {
      try {
        yield* streamEvents(db, query);
      } catch (error) {
        throw storageError(error, file);
      }
    },
    verifyChain: (progress) =>
      verifyChain(db, seal, progress).catch((error: unknown) => Promise.reject(storageError(error, file))),
  };
}

async function* streamEvents(db: DatabaseSync, query: EventQuery): AsyncGenerator<AuditEvent> {
  const { conditions, values } = conditionsOf(query);
  const statement = db.prepare(
    `SELECT at_ms, sequence, body FROM events WHERE (at_ms, sequence) < (?, ?) ${conditions.map((condition) => `AND ${condition} `).join('')}
      ORDER BY at_ms DESC, sequence DESC LIMIT ?`,
  );
  let left = query.limit ?? Number.MAX_SAFE_INTEGER;
  let before: [atMs: number, sequence: number] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  while (left > 0) {
    const rows = statement.all(...before, ...values, Math.min(left, PAGE_ROWS)) as unknown as EventRow[];
    for (const row of rows) yield parseEvent(row.body);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    before = [last.at_ms, last.sequence];
    left -= rows.length;
    await nextTurn();
  }
}

interface EventRow {
  readonly at_ms: number;
  readonly sequence: number;
  readonly body: string;
}

function conditionsOf(query: EventQuery): { conditions: string[]; values: SQLInputValue[] } {
  const wanted: readonly [condition: string, value: SQLInputValue | undefined][] = [
    ['at_ms >= ?', query.sinceMs],
    ['at_ms < ?', query.untilMs],
    ['user_key = ?', query.user === undefined ? undefined : nameKey(query.user)],
    ['client = ?', query.client],
    ['verdict = ?', query.verdict],
    ['reason = ?', query.reason],
  ];
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  for (const [condition, value] of wanted) {
    if (value === undefined) continue;
    conditions.push(condition);
    values.push(value);
  }
  return { conditions, values };
}
