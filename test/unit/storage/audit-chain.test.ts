import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { event } from '../../contract/storage.ts';
import { openTestStore } from './sqlite-store.ts';
import type { SqliteUnderTest } from './sqlite-store.ts';

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
    ['an altered body', `UPDATE events SET body = replace(body, 'unenrolled', 'user-disabled') WHERE sequence = 3`, 3],
    ['an altered user', `UPDATE events SET user_key = 'x' WHERE sequence = 2`, 2],
    ['an altered time', `UPDATE events SET at_ms = at_ms + 1 WHERE sequence = 2`, 2],
    ['an altered client', `UPDATE events SET client = 'x' WHERE sequence = 2`, 2],
    ['an altered verdict', `UPDATE events SET verdict = 'accept' WHERE sequence = 5`, 5],
    ['an altered reason', `UPDATE events SET reason = 'x' WHERE sequence = 1`, 1],
    ['an altered hash', `UPDATE events SET hash = zeroblob(32) WHERE sequence = 4`, 4],
    ['a removed event', 'DELETE FROM events WHERE sequence = 3', 3],
    ['a removed first event', 'DELETE FROM events WHERE sequence = 1', 1],
    [
      'a removed event whose gap was closed',
      'DELETE FROM events WHERE sequence = 2; UPDATE events SET sequence = sequence - 1 WHERE sequence > 2',
      2,
    ],
    ['a removed end', 'DELETE FROM events WHERE sequence > 3', 4],
    ['everything removed', 'DELETE FROM events', 1],
    [
      'an added event',
      `INSERT INTO events SELECT 6, at_ms, user_key, client, verdict, reason, body, hash FROM events WHERE sequence = 5`,
      6,
    ],
    [
      'two events that changed places',
      'UPDATE events SET sequence = 99 WHERE sequence = 2; UPDATE events SET sequence = 2 WHERE sequence = 3; UPDATE events SET sequence = 3 WHERE sequence = 99',
      2,
    ],
    ['a body that is no event', `UPDATE events SET body = 'x' WHERE sequence = 2`, 2],
    ['a removed seal', 'DELETE FROM events_head', 0],
    ['a forged seal', 'UPDATE events_head SET seal = zeroblob(32)', 5],
    [
      'a removed end with the old seal moved along',
      'DELETE FROM events WHERE sequence > 3; UPDATE events_head SET events = 3, hash = (SELECT hash FROM events WHERE sequence = 3)',
      3,
    ],
  ])('shows %s', async (_, statements, sequence) => {
    const storage = await store.tamper(statements);
    expect(await storage.events.verifyChain()).toMatchObject({ kind: 'broken', sequence });
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
