import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChainCheck } from '../admin.ts';
import { chainHash, FIRST_PREVIOUS } from '../chain.ts';
import type { Head, HeadSeal } from '../chain.ts';
import { parseEvent } from '../event-body.ts';
import { nameKey } from '../../lib/name-key.ts';

const PAGE_ROWS = 1_000;

interface Row {
  readonly sequence: number;
  readonly at_ms: number;
  readonly user_key: string;
  readonly client: string;
  readonly verdict: string;
  readonly reason: string;
  readonly body: string;
  readonly hash: Uint8Array;
}

interface End extends Head {
  /** The highest sequence that stands in the log. */
  readonly lastSequence: number;
  readonly isSealed: boolean;
}

/**
 * Recomputes the chain from the first event to the sealed end, as they stand at the call: an altered body or column, a
 * missing, added or moved row, and an end cut off. (An older copy of the whole file put in its place is not found: keep
 * the count and the date of the last check elsewhere.)
 */
export async function verifyChain(
  db: DatabaseSync,
  seal: HeadSeal,
  progress?: (done: number, total: number) => void,
): Promise<ChainCheck> {
  const end = readEnd(db, seal);
  if (end === undefined) return broken(0, 'the sealed end of the log is missing');
  const page = db.prepare('SELECT * FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?');
  let done = 0;
  let previous: Uint8Array = FIRST_PREVIOUS;
  for (;;) {
    const rows = page.all(done, Math.min(PAGE_ROWS, end.events - done)) as unknown as Row[];
    for (const row of rows) {
      const problem = problemOf(row, done + 1, previous);
      if (problem !== undefined) return broken(done + 1, problem);
      done += 1;
      previous = row.hash;
    }
    progress?.(done, end.events);
    if (rows.length === 0 || done >= end.events) return judgeEnd(end, done, previous);
    await nextTurn();
  }
}

function problemOf(row: Row, sequence: number, previous: Uint8Array): string | undefined {
  if (row.sequence !== sequence) return 'the event was removed';
  if (Buffer.compare(chainHash(previous, sequence, row.body), row.hash) !== 0)
    return 'the event was altered, moved or replaced';
  const event = parseEvent(row.body);
  const columns: readonly [name: string, column: unknown, body: unknown][] = [
    ['time', row.at_ms, event.atMs],
    ['user', row.user_key, nameKey(event.username)],
    ['client', row.client, event.client.toWellFormed()],
    ['verdict', row.verdict, event.verdict],
    ['reason', row.reason, event.reason],
  ];
  const altered = columns.find(([, column, body]) => column !== body);
  return altered === undefined ? undefined : `the ${altered[0]} it is found by was altered`;
}

function judgeEnd(end: End, done: number, lastHash: Uint8Array): ChainCheck {
  if (!end.isSealed)
    return broken(done, 'the seal on the end of the log is forged, or was made with another master key');
  if (done < end.events) return broken(done + 1, `the end of the log was cut off: ${end.events} events were sealed`);
  if (Buffer.compare(lastHash, end.hash) !== 0) return broken(done, 'the last event is not the one that was sealed');
  if (end.lastSequence > end.events)
    return broken(end.events + 1, 'events were added behind the sealed end of the log');
  return { kind: 'intact', events: done };
}

// One statement, so that head and last sequence belong together while a server goes on writing.
function readEnd(db: DatabaseSync, seal: HeadSeal): End | undefined {
  const row = db
    .prepare(
      'SELECT events, hash, seal, coalesce((SELECT max(sequence) FROM events), 0) AS last FROM events_head WHERE id = 1',
    )
    .get() as unknown as { events: number; hash: Uint8Array; seal: Uint8Array; last: number } | undefined;
  if (row === undefined) return undefined;
  const head: Head = { events: row.events, hash: row.hash };
  return { ...head, lastSequence: row.last, isSealed: seal.fits(head, row.seal) };
}

function broken(sequence: number, problem: string): ChainCheck {
  return { kind: 'broken', sequence, problem };
}
