import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { event } from '../../contract/storage.ts';
import { openTestStore } from './sqlite-store.ts';
import type { SqliteUnderTest } from './sqlite-store.ts';

const altered = (sequence: number): string =>
  `UPDATE event_batches SET body = replace(body, 'unenrolled', 'user-disabled') WHERE first_sequence = ${sequence}`;
const copyOfLast = (sequence: number): string =>
  `INSERT INTO event_batches SELECT ${sequence}, 1, from_ms, to_ms, hash, body FROM event_batches WHERE first_sequence = 5`;

describe('the chain of the authentication log', () => {
  let store: SqliteUnderTest;
  beforeEach(async () => {
    // A writer that starts with the first write: on an altered log it would refuse to start.
    store = await openTestStore({ writer: 'on-demand' });
    for (const username of ['a', 'b', 'c', 'd', 'e']) {
      await store.storage.ledger.record(event('reject', 'unenrolled', { username }));
    }
  });
  afterEach(() => store.remove());

  it.each([
    ['an altered body', altered(3), 3],
    ['an altered earliest time', 'UPDATE event_batches SET from_ms = from_ms - 1 WHERE first_sequence = 2', 2],
    ['an altered latest time', 'UPDATE event_batches SET to_ms = to_ms + 1 WHERE first_sequence = 4', 4],
    ['an altered count', 'UPDATE event_batches SET events = 2 WHERE first_sequence = 5', 5],
    ['an altered hash', 'UPDATE event_batches SET hash = zeroblob(32) WHERE first_sequence = 4', 4],
    ['a removed event', 'DELETE FROM event_batches WHERE first_sequence = 3', 3],
    ['a removed first event', 'DELETE FROM event_batches WHERE first_sequence = 1', 1],
    [
      'a removed event whose gap was closed',
      `DELETE FROM event_batches WHERE first_sequence = 2;
       UPDATE event_batches SET first_sequence = first_sequence - 1 WHERE first_sequence > 2`,
      2,
    ],
    ['a removed end', 'DELETE FROM event_batches WHERE first_sequence > 3', 4],
    ['everything removed', 'DELETE FROM event_batches', 1],
    ['an added event', copyOfLast(6), 6],
    ['an added event before the first', copyOfLast(0), 1],
    [
      'two events that changed places',
      `UPDATE event_batches SET first_sequence = 99 WHERE first_sequence = 2;
       UPDATE event_batches SET first_sequence = 2 WHERE first_sequence = 3;
       UPDATE event_batches SET first_sequence = 3 WHERE first_sequence = 99`,
      2,
    ],
    ['a body that is no event', `UPDATE event_batches SET body = 'x' WHERE first_sequence = 2`, 2],
    ['a removed seal', 'DELETE FROM events_head', 0],
    ['a forged seal', 'UPDATE events_head SET seal = zeroblob(32)', 5],
    [
      'a removed end with the old seal moved along',
      `DELETE FROM event_batches WHERE first_sequence > 3;
       UPDATE events_head SET events = 3, hash = (SELECT hash FROM event_batches WHERE first_sequence = 3)`,
      3,
    ],
  ])('shows %s', async (_, statements, sequence) => {
    const storage = await store.tamper(statements);
    expect(await storage.events.verifyChain()).toMatchObject({ kind: 'broken', sequence });
  });

  describe('of events that were written together', () => {
    // The writer is not there yet, so all of them wait for it and share a transaction.
    beforeEach(async () => {
      const storage = await store.reopen();
      await Promise.all(
        ['f', 'g', 'h'].map((username) => storage.ledger.record(event('accept', 'both-doors', { username }))),
      );
      expect(rowsOf(store.file)).toEqual([1, 1, 1, 1, 1, 3]);
    });

    it('is intact, and goes on', async () => {
      await store.storage.ledger.record(event('reject', 'unenrolled'));
      expect(await store.storage.events.verifyChain()).toEqual({ kind: 'intact', events: 9 });
    });

    it.each([
      ['an altered one', (lines: string[]) => lines.map((line) => line.replace('"g"', '"x"'))],
      ['a removed one', (lines: string[]) => lines.slice(1)],
      ['a removed last one', (lines: string[]) => lines.slice(0, -1)],
      ['an added one', (lines: string[]) => [...lines, lines[0]!]],
      ['two that changed places', ([one, two, three]: string[]) => [two!, one!, three!]],
      ['two made one', ([one, two, three]: string[]) => [`${one!}${two!}`, three!]],
    ])('shows %s, and between which events', async (_, change: (lines: string[]) => string[]) => {
      const lines = bodyOf(store.file, 6).split('\n');
      const body = change(lines).join('\n').replaceAll("'", "''");
      const storage = await store.tamper(`UPDATE event_batches SET body = '${body}' WHERE first_sequence = 6`);
      expect(await storage.events.verifyChain()).toMatchObject({
        kind: 'broken',
        sequence: 6,
        problem: expect.stringContaining('6 to 8') as string,
      });
    });

    it.each([
      ['removed together', 'DELETE FROM event_batches WHERE first_sequence = 6'],
      ['made fewer in the count', 'UPDATE event_batches SET events = 2 WHERE first_sequence = 6'],
    ])('shows them when they were %s', async (_, statement) => {
      const storage = await store.tamper(statement);
      expect(await storage.events.verifyChain()).toMatchObject({ kind: 'broken', sequence: 6 });
    });
  });

  it('refuses to write behind an end that was altered, until it is put right', async () => {
    const storage = await store.tamper('UPDATE events_head SET events = 3');
    await expect(storage.ledger.record(event('accept', 'both-doors'))).rejects.toMatchObject({ code: 'log-altered' });
    expect(storage.health()).toMatchObject({ isHealthy: false });
    const mended = await store.tamper('UPDATE events_head SET events = 5');
    await mended.ledger.record(event('accept', 'both-doors'));
    expect(await mended.events.verifyChain()).toEqual({ kind: 'intact', events: 6 });
  });

  it('refuses to start a server on an end that was altered', async () => {
    const serving = await openTestStore();
    await expect(serving.tamper('DELETE FROM events_head')).rejects.toMatchObject({ code: 'log-altered' });
    await serving.remove();
  });
});

function rowsOf(file: string): unknown[] {
  return read(file, 'SELECT events FROM event_batches ORDER BY first_sequence').map(({ events }) => events);
}

function bodyOf(file: string, sequence: number): string {
  const [row] = read(file, `SELECT body FROM event_batches WHERE first_sequence = ${sequence}`);
  return String(row?.['body']);
}

function read(file: string, query: string): Record<string, unknown>[] {
  const db = new DatabaseSync(file);
  const rows = db.prepare(query).all();
  db.close();
  return rows;
}
