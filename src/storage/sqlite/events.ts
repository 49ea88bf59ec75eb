import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditEvent } from '../../access/index.ts';
import { nameKey } from '../../lib/name-key.ts';
import type { EventQuery, EventStore } from '../admin.ts';
import type { HeadSeal } from '../chain.ts';
import { parseEvents } from '../event-body.ts';
import { storageError } from './sqlite-error.ts';
import { verifyChain } from './verify-chain.ts';

// Read at once, before other work gets its turn.
const PAGE_ROWS = 20;

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

interface Row {
  readonly first_sequence: number;
  readonly to_ms: number;
  readonly body: string;
}

/** An event and its place in the log. */
interface Placed {
  readonly event: AuditEvent;
  readonly sequence: number;
}

/**
 * Rows come by their newest event, and hold older ones that may belong behind events of the rows after them: those wait
 * until no row to come can hold a newer one.
 */
async function* streamEvents(db: DatabaseSync, query: EventQuery): AsyncGenerator<AuditEvent> {
  let left = query.limit ?? Number.MAX_SAFE_INTEGER;
  if (left <= 0) return;
  const isWanted = filterOf(query);
  let waiting: Placed[] = [];
  for await (const row of streamRows(db, query)) {
    const [ready, others] = split(waiting, row);
    for (const { event } of ready) {
      yield event;
      if (--left === 0) return;
    }
    const placed = parseEvents(row.body).map((event, index) => ({ event, sequence: row.first_sequence + index }));
    waiting = [...others, ...placed.filter(({ event }) => isWanted(event))].sort(newestFirst);
  }
  for (const { event } of waiting.slice(0, left)) yield event;
}

async function* streamRows(db: DatabaseSync, { sinceMs, untilMs }: EventQuery): AsyncGenerator<Row> {
  const page = db.prepare(
    `SELECT first_sequence, to_ms, body FROM event_batches
      WHERE (to_ms, first_sequence) < (?, ?) AND to_ms >= ? AND from_ms < ?
      ORDER BY to_ms DESC, first_sequence DESC LIMIT ?`,
  );
  const span = [sinceMs ?? Number.MIN_SAFE_INTEGER, untilMs ?? Number.MAX_SAFE_INTEGER];
  let before = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  for (;;) {
    const rows = page.all(...before, ...span, PAGE_ROWS) as unknown as Row[];
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    before = [last.to_ms, last.first_sequence];
    await nextTurn();
  }
}

/** What of `waiting` (newest first) comes before whatever is in `row` and the rows behind it, and the others. */
function split(waiting: Placed[], row: Row): [ready: Placed[], others: Placed[]] {
  const at = waiting.findIndex(
    ({ event: { atMs }, sequence }) => atMs < row.to_ms || (atMs === row.to_ms && sequence < row.first_sequence),
  );
  return at < 0 ? [waiting, []] : [waiting.slice(0, at), waiting.slice(at)];
}

function newestFirst(one: Placed, other: Placed): number {
  return other.event.atMs - one.event.atMs || other.sequence - one.sequence;
}

function filterOf({ sinceMs, untilMs, user, client, verdict, reason }: EventQuery): (event: AuditEvent) => boolean {
  const userKey = user === undefined ? undefined : nameKey(user);
  return (event) =>
    (sinceMs === undefined || event.atMs >= sinceMs) &&
    (untilMs === undefined || event.atMs < untilMs) &&
    (client === undefined || event.client === client) &&
    (verdict === undefined || event.verdict === verdict) &&
    (reason === undefined || event.reason === reason) &&
    (userKey === undefined || nameKey(event.username) === userKey);
}
