import type { DatabaseSync } from 'node:sqlite';
import type { Opening } from '../../access/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { OpeningStore } from '../limit-stores.ts';
import { inTransaction } from './connection.ts';
import { settle, storageError } from './sqlite-error.ts';
import type { Snapshot } from './snapshot.ts';

export interface OpeningsDeps {
  readonly clock: Clock;
  readonly file: string;
  /** A connection for reading, and its snapshot. */
  readonly readers: DatabaseSync;
  readonly snapshot: Snapshot;
  /** Called after each write. */
  readonly written: () => void;
}

const SELECT = 'SELECT id, client, reason, from_ms, until_ms FROM openings ORDER BY id';

/** Openings of the first door; `db` writes. */
export function createOpeningStore(db: DatabaseSync, deps: OpeningsDeps): OpeningStore {
  const { clock, file } = deps;
  const all = deps.readers.prepare(SELECT);
  const asPromised = <Result>(work: () => Result): Promise<Result> =>
    settle(file, () => inTransaction(db, work)).finally(deps.written);
  const inForce = (): Opening[] => {
    const nowMs = clock.nowMs();
    const openings = db.prepare(SELECT).all().map(toOpening);
    return openings.filter(({ fromMs, untilMs }) => fromMs <= nowMs && untilMs > nowMs);
  };
  return {
    all() {
      try {
        deps.snapshot.enter();
        return all.all().map(toOpening);
      } catch (error) {
        throw storageError(error, file);
      }
    },
    open: ({ client, reason, minutes }) =>
      asPromised(() => {
        const fromMs = clock.nowMs();
        const untilMs = fromMs + minutes * 60_000;
        db.prepare('DELETE FROM openings WHERE until_ms <= ? OR client = ?').run(fromMs, client ?? '');
        const { lastInsertRowid } = db
          .prepare('INSERT INTO openings (client, reason, from_ms, until_ms) VALUES (?, ?, ?, ?)')
          .run(client ?? '', reason, fromMs, untilMs);
        return { id: Number(lastInsertRowid), client, reason, fromMs, untilMs };
      }),
    list: () => asPromised(inForce),
    close: (client) =>
      asPromised(() => {
        const ended = inForce().filter((opening) => client === undefined || opening.client === client);
        for (const { id } of ended) db.prepare('DELETE FROM openings WHERE id = ?').run(id);
        return ended.length;
      }),
  };
}

interface OpeningRow {
  readonly id: number;
  readonly client: string;
  readonly reason: string;
  readonly from_ms: number;
  readonly until_ms: number;
}

function toOpening(found: object): Opening {
  const { id, client, reason, from_ms: fromMs, until_ms: untilMs } = found as OpeningRow;
  return { id, client: client === '' ? undefined : client, reason, fromMs, untilMs };
}
