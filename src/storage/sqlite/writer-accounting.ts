import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { FlatChange, FlatSession } from './accounting-operation.ts';

/** Sessions remembered for each client: more are there only where ends are never told. */
const MAX_SESSIONS = 50_000;

/** How many of the longest unheard of are forgotten at once when there are more. */
const FORGOTTEN_AT_ONCE = 500;

/** A session that was not heard of for so long has ended without a word. */
const MAX_SILENCE_MS = 30 * 24 * 3_600_000;

/** Carries out changes of sessions and of the queue, in the writer's transaction. */
export class AccountingWriter {
  readonly #statements: Readonly<
    Record<'see' | 'end' | 'endAll' | 'count' | 'forget' | 'queue' | 'remove', StatementSync>
  >;
  readonly #counts = new Map<string, number>();

  constructor(db: DatabaseSync) {
    const columns =
      'client, nas, session_id, username, station, framed_address, nas_address, since_ms, seen_ms, naming';
    this.#statements = {
      // An interim update tells what has changed, and not when the session began.
      see: db.prepare(
        `INSERT INTO nas_sessions (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (client, nas, session_id) DO UPDATE SET
           username = excluded.username, station = excluded.station, framed_address = excluded.framed_address,
           nas_address = excluded.nas_address, since_ms = min(since_ms, excluded.since_ms), seen_ms = excluded.seen_ms,
           naming = excluded.naming`,
      ),
      end: db.prepare('DELETE FROM nas_sessions WHERE client = ? AND nas = ? AND session_id = ?'),
      endAll: db.prepare('DELETE FROM nas_sessions WHERE client = ? AND nas = ?'),
      count: db.prepare('SELECT count(*) AS sessions FROM nas_sessions WHERE client = ?'),
      forget: db.prepare(
        `DELETE FROM nas_sessions WHERE id IN
           (SELECT id FROM nas_sessions WHERE client = ?1 ORDER BY seen_ms LIMIT ?2)
         OR (client = ?1 AND seen_ms < ?3)`,
      ),
      queue: db.prepare('INSERT INTO accounting_queue (home, received_at_ms, attributes) VALUES (?, ?, ?)'),
      remove: db.prepare('DELETE FROM accounting_queue WHERE id = ?'),
    };
  }

  /** Carries out one change. */
  apply(text: string): void {
    const { session, seen, queued, answered = [] } = JSON.parse(text) as FlatChange;
    const { end, endAll, queue, remove } = this.#statements;
    if (seen !== undefined) this.#see(seen);
    if (session?.kind === 'stop') end.run(session.client, session.nas, session.sessionId);
    if (session?.kind === 'nas-restarted') endAll.run(session.client, session.nas);
    if (queued !== undefined) {
      queue.run(queued.primary, queued.receivedAtMs, Buffer.from(queued.attributes, 'base64'));
    }
    for (const id of answered) remove.run(id);
  }

  #see(session: FlatSession): void {
    const { client, nas, sessionId, username, station, framedAddress, nasAddress, sinceMs, seenMs, naming } = session;
    const words = [client, nas, sessionId, username, station, framedAddress, nasAddress] as const;
    this.#statements.see.run(...words, sinceMs, seenMs, Buffer.from(naming, 'base64'));
    this.#forgetSome(client, seenMs);
  }

  // What is counted is what was seen since the last look: never less than what was added.
  #forgetSome(client: string, nowMs: number): void {
    const seen = (this.#counts.get(client) ?? MAX_SESSIONS) + 1;
    this.#counts.set(client, seen);
    if (seen <= MAX_SESSIONS) return;
    const surplus = this.#count(client) > MAX_SESSIONS ? FORGOTTEN_AT_ONCE : 0;
    this.#statements.forget.run(client, surplus, nowMs - MAX_SILENCE_MS);
    this.#counts.set(client, this.#count(client));
  }

  #count(client: string): number {
    return Number(this.#statements.count.get(client)?.['sessions']);
  }
}
