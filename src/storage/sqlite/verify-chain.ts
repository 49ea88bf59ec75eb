import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChainCheck } from '../admin.ts';
import { chainHash, FIRST_PREVIOUS } from '../chain.ts';
import type { Head, HeadSeal } from '../chain.ts';
import { parseEvents } from '../event-body.ts';

// Read at once, before other work gets its turn.
const PAGE_ROWS = 20;

interface Row {
  readonly first_sequence: number;
  readonly events: number;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly hash: Uint8Array;
  readonly body: string;
}

interface End extends Head {
  /** Of the last row in the log. */
  readonly lastFirstSequence: number;
  readonly isSealed: boolean;
}

/**
 * Recomputes the chain from the first event to the sealed end, as they stand at the call: an altered, missing, added or
 * moved event, an altered column, and an end cut off. Events that were written together have one hash, so a change in one
 * of them is said of all. (An older copy of the whole file put in its place is not found: keep the count and the date of
 * the last check elsewhere.)
 */
export async function verifyChain(
  db: DatabaseSync,
  seal: HeadSeal,
  progress?: (done: number, total: number) => void,
): Promise<ChainCheck> {
  const end = readEnd(db, seal);
  if (end === undefined) return broken(0, 'the sealed end of the log is missing');
  const page = db.prepare(
    'SELECT * FROM event_batches WHERE first_sequence > ? AND first_sequence <= ? ORDER BY first_sequence LIMIT ?',
  );
  let done = 0;
  let after = Number.MIN_SAFE_INTEGER;
  let previous: Uint8Array = FIRST_PREVIOUS;
  for (;;) {
    const rows = page.all(after, end.events, PAGE_ROWS) as unknown as Row[];
    for (const row of rows) {
      const problem = problemOf(row, done + 1, previous);
      if (problem !== undefined) return broken(done + 1, problem);
      done += row.events;
      after = row.first_sequence;
      previous = row.hash;
    }
    progress?.(done, end.events);
    if (rows.length < PAGE_ROWS) return judgeEnd(end, done, previous);
    await nextTurn();
  }
}

function problemOf(row: Row, sequence: number, previous: Uint8Array): string | undefined {
  if (row.first_sequence < sequence) return 'an event was added before it';
  if (row.first_sequence > sequence) return 'the event was removed';
  if (Buffer.compare(chainHash(previous, sequence, row.body), row.hash) !== 0)
    return `${eventsOf(row)} altered, added, removed or moved`;
  const times = parseEvents(row.body).map(({ atMs }) => atMs);
  if (row.events !== times.length) return 'the number of events written with it was altered';
  times.sort((one, other) => one - other);
  if (row.from_ms !== times[0] || row.to_ms !== times.at(-1)) return 'the time it is found by was altered';
  return undefined;
}

function eventsOf({ first_sequence: first, events }: Row): string {
  if (events === 1) return 'the event was';
  return `of the events ${first} to ${first + events - 1}, which were written together, one or more were`;
}

function judgeEnd(end: End, done: number, lastHash: Uint8Array): ChainCheck {
  if (!end.isSealed)
    return broken(done, 'the seal on the end of the log is forged, or was made with another master key');
  if (done < end.events) return broken(done + 1, `the end of the log was cut off: ${end.events} events were sealed`);
  if (Buffer.compare(lastHash, end.hash) !== 0) return broken(done, 'the last event is not the one that was sealed');
  if (end.lastFirstSequence > end.events)
    return broken(end.events + 1, 'events were added behind the sealed end of the log');
  return { kind: 'intact', events: done };
}

// One statement, so that head and last row belong together while a server goes on writing.
function readEnd(db: DatabaseSync, seal: HeadSeal): End | undefined {
  const row = db
    .prepare(
      'SELECT events, hash, seal, coalesce((SELECT max(first_sequence) FROM event_batches), 0) AS last FROM events_head WHERE id = 1',
    )
    .get() as unknown as { events: number; hash: Uint8Array; seal: Uint8Array; last: number } | undefined;
  if (row === undefined) return undefined;
  const head: Head = { events: row.events, hash: row.hash };
  return { ...head, lastFirstSequence: row.last, isSealed: seal.fits(head, row.seal) };
}

function broken(sequence: number, problem: string): ChainCheck {
  return { kind: 'broken', sequence, problem };
}
