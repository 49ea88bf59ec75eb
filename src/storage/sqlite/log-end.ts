import { chainHash, createHeadSeal } from '../chain.ts';
import type { Head, HeadSeal } from '../chain.ts';
import { joinBodies } from '../event-body.ts';
import { StorageError } from '../storage-error.ts';
import type { HeadRow, Statements } from './writer-statements.ts';

// A row that a report or a check reads in one piece: some 100 KB.
const MAX_ROW_EVENTS = 256;

/**
 * Where the writer's transactions append to the log: what one of them appends becomes one row (a very large one, several),
 * and the end is sealed anew. Made on a log whose sealed end was altered, it throws `log-altered`.
 */
export class LogEnd {
  readonly #statements: Statements;
  readonly #seal: HeadSeal;
  // The end inside the running transaction: what it found, what stands in rows now, and what is to become one.
  #found = 0;
  #events = 0;
  #hash: Uint8Array = new Uint8Array();
  #bodies: string[] = [];
  #fromMs = Infinity;
  #toMs = -Infinity;
  // The head this writer wrote last: found again unchanged, its seal need not be computed again.
  #written: HeadRow | undefined;

  constructor(statements: Statements, headKey: Uint8Array) {
    this.#statements = statements;
    this.#seal = createHeadSeal(headKey);
    this.begin();
  }

  /** Within each transaction first: a command in another process may have written. Throws `log-altered`. */
  begin(): void {
    this.#clear();
    const row = this.#statements.findHead.get() as HeadRow | undefined;
    if (row === undefined) throw altered();
    const head: Head = { events: row[0], hash: row[1] };
    if (!this.#isAsWritten(row) && !this.#seal.fits(head, row[2])) throw altered();
    this.#found = head.events;
    this.#events = head.events;
    this.#hash = head.hash;
  }

  /** An event by its body. */
  append(body: string, atMs: number): void {
    this.#bodies.push(body);
    this.#fromMs = Math.min(this.#fromMs, atMs);
    this.#toMs = Math.max(this.#toMs, atMs);
    if (this.#bodies.length === MAX_ROW_EVENTS) this.#writeRow();
  }

  /** Before the commit: what was appended is in the database. */
  finish(): void {
    this.#writeRow();
    if (this.#events === this.#found) return;
    const seal = this.#seal.seal({ events: this.#events, hash: this.#hash });
    this.#statements.setHead.run(this.#events, this.#hash, seal);
    this.#written = [this.#events, this.#hash, seal];
  }

  #writeRow(): void {
    const events = this.#bodies.length;
    if (events === 0) return;
    const sequence = this.#events + 1;
    const body = joinBodies(this.#bodies);
    const hash = chainHash(this.#hash, sequence, body);
    this.#statements.append.run(sequence, events, this.#fromMs, this.#toMs, hash, body);
    this.#events += events;
    this.#hash = hash;
    this.#clear();
  }

  #clear(): void {
    this.#bodies = [];
    this.#fromMs = Infinity;
    this.#toMs = -Infinity;
  }

  #isAsWritten([events, hash, seal]: HeadRow): boolean {
    const written = this.#written;
    if (written === undefined) return false;
    return events === written[0] && Buffer.compare(hash, written[1]) === 0 && Buffer.compare(seal, written[2]) === 0;
  }
}

function altered(): StorageError {
  return new StorageError(
    'log-altered',
    'The sealed end of the authentication log was altered by something other than Sallyport, so nothing is written to it. Run `sallyport audit verify`, then restore a backup.',
  );
}
