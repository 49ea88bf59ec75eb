import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeliveryRecord } from '../../factors/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { nameKey } from '../../lib/name-key.ts';
import type { DeliveryQuery, DeliveryStore, RecordedDelivery } from '../admin.ts';
import { pushDelivery, pushReport } from './delivery-operations.ts';
import type { Field } from './operations.ts';
import { storageError } from './sqlite-error.ts';

// Read at once, before other work gets its turn.
const PAGE_ROWS = 500;

export interface DeliveriesDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly file: string;
  /** Queues an operation for the writer. */
  readonly write: (push: (fields: Field[]) => void) => Promise<void>;
}

/** The record of deliveries: written with the logins' own commits, read in pages on the caller's thread. */
export function createDeliveryStore(db: DatabaseSync, deps: DeliveriesDeps): DeliveryStore {
  const write = (id: string, push: (fields: Field[]) => void): void => {
    deps.write(push).catch((error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error);
      deps.logger.error({ delivery: id, problem }, 'A delivery could not be recorded.');
    });
  };
  return {
    record: (delivery) => write(delivery.id, (fields) => pushDelivery(fields, delivery)),
    report(id, outcome, problem) {
      const nowMs = deps.clock.nowMs();
      write(id, (fields) => pushReport(fields, { id, outcome, problem }, nowMs));
    },
    async *list(query) {
      try {
        yield* streamDeliveries(db, query);
      } catch (error) {
        throw storageError(error, deps.file);
      }
    },
  };
}

async function* streamDeliveries(db: DatabaseSync, query: DeliveryQuery): AsyncGenerator<RecordedDelivery> {
  const wanted = wantedOf(query).filter((one): one is [string, SQLInputValue] => one[1] !== undefined);
  const conditions = wanted.map(([condition]) => `AND ${condition} `).join('');
  const statement = db.prepare(
    `SELECT * FROM deliveries WHERE (at_ms, id) < (?, ?) ${conditions} ORDER BY at_ms DESC, id DESC LIMIT ?`,
  );
  let left = query.limit ?? Number.MAX_SAFE_INTEGER;
  let before: [atMs: number, id: number] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  while (left > 0) {
    const values = wanted.map(([, value]) => value);
    const rows = statement.all(...before, ...values, Math.min(left, PAGE_ROWS)) as unknown as DeliveryRow[];
    for (const row of rows) yield toDelivery(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    before = [last.at_ms, last.id];
    left -= rows.length;
    await nextTurn();
  }
}

function wantedOf(query: DeliveryQuery): [condition: string, value: SQLInputValue | undefined][] {
  return [
    ['at_ms >= ?', query.sinceMs],
    ['at_ms < ?', query.untilMs],
    ['user_key = ?', query.user === undefined ? undefined : nameKey(query.user)],
    ['channel = ?', query.channel],
    ['gateway = ?', query.gateway],
  ];
}

interface DeliveryRow {
  readonly id: number;
  readonly delivery: string;
  readonly at_ms: number;
  readonly user_id: number;
  readonly username: string;
  readonly client: string;
  readonly channel: DeliveryRecord['channel'];
  readonly gateway: string;
  readonly country: string | null;
  readonly outcome: DeliveryRecord['outcome'];
  readonly reference: string | null;
  readonly price: string | null;
  readonly problem: string | null;
  readonly report: 'delivered' | 'undelivered' | null;
  readonly report_problem: string | null;
  readonly reported_at_ms: number | null;
}

function toDelivery(row: DeliveryRow): RecordedDelivery {
  return {
    id: row.delivery,
    atMs: row.at_ms,
    userId: row.user_id,
    username: row.username,
    client: row.client,
    channel: row.channel,
    gateway: row.gateway,
    ...(row.country !== null && { country: row.country }),
    outcome: row.outcome,
    ...(row.reference !== null && { reference: row.reference }),
    ...(row.price !== null && { price: row.price }),
    ...(row.problem !== null && { problem: row.problem }),
    ...(row.report !== null && { report: toReport(row.report, row) }),
  };
}

function toReport(outcome: 'delivered' | 'undelivered', row: DeliveryRow): NonNullable<RecordedDelivery['report']> {
  const { reported_at_ms: atMs, report_problem: problem } = row;
  return { outcome, atMs: atMs ?? 0, ...(problem !== null && { problem }) };
}
