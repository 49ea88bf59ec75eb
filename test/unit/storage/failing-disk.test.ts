import { afterEach, describe, expect, it } from 'vitest';
import { deriveKey, StorageError } from '../../../src/storage/index.ts';
import { threadStarter } from '../../../src/storage/sqlite/writer-link.ts';
import type { StartWriter } from '../../../src/storage/sqlite/writer-link.ts';
import { collect, event, newToken, passcodeClaim } from '../../contract/storage.ts';
import { openTestStore, testMasterKey } from './sqlite-store.ts';
import type { SqliteUnderTest } from './sqlite-store.ts';

describe('a SQLite store on a disk that fails', () => {
  let store: SqliteUnderTest;
  afterEach(() => store.remove());

  /** Writes until there is no room; gives how many events were said to be written. */
  const fillUp = async (): Promise<number> => {
    for (let written = 0; ; written += 20) {
      const batch = Array.from({ length: 20 }, () => store.storage.ledger.record(event('reject', 'unenrolled')));
      const outcomes = await Promise.allSettled(batch);
      const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
      if (failed.length === 0) continue;
      expect(failed).toHaveLength(20);
      for (const { reason } of failed) expect(reason).toMatchObject({ code: 'disk-full' });
      return written;
    }
  };

  it('rejects the whole batch when it is full, and keeps nothing of it', async () => {
    store = await openTestStore({ maxPages: 40 });
    const written = await fillUp();
    expect(written).toBeGreaterThan(0);
    expect(store.storage.health()).toMatchObject({
      isHealthy: false,
      problem: expect.stringContaining('room') as string,
    });
    expect(await collect(store.storage)).toHaveLength(written);
    expect(await store.storage.events.verifyChain()).toEqual({ kind: 'intact', events: written });
  });

  it('spends no passcode that it cannot record', async () => {
    store = await openTestStore({ maxPages: 40 });
    const user = await store.storage.users.addUser('alice', {});
    const token = await store.storage.tokens.addToken(newToken(user.id));
    await fillUp();
    for (;;) {
      const last = store.storage.ledger.record(event('reject', 'unenrolled'));
      if ((await Promise.allSettled([last]))[0].status === 'rejected') break;
    }
    const spending = store.storage.ledger.spend(passcodeClaim(user, token, 7));
    await expect(spending).rejects.toMatchObject({ code: 'disk-full' });
    expect(store.storage.directory.passcodeTokens(user.id)).toMatchObject([{ lastCounter: -1 }]);
  });

  it('is well again as soon as there is room', async () => {
    store = await openTestStore({ maxPages: 60 });
    for (let number = 0; number < 100; number += 1) {
      await store.storage.users.addUser(`user-${number}`, { passwordHash: 'x'.repeat(400) });
    }
    const written = await fillUp();
    for (let number = 0; number < 100; number += 1) await store.storage.users.deleteUser(`user-${number}`);
    await store.storage.ledger.record(event('accept', 'both-doors'));
    expect(store.storage.health()).toEqual({ isHealthy: true });
    expect(await store.storage.events.verifyChain()).toEqual({ kind: 'intact', events: written + 1 });
  });

  it('rejects what a crashed writer had in hand, and goes on with a new one', async () => {
    let starts = 0;
    const startWriter: StartWriter = (events) => {
      starts += 1;
      const start = { file: store.file, busyTimeoutMs: 5_000, headKey: deriveKey(testMasterKey, 'log-head') };
      return starts === 1
        ? threadStarter(start, new URL('./crashing-writer.ts', import.meta.url))(events)
        : threadStarter(start)(events);
    };
    store = await openTestStore({ writer: 'on-demand' }, { startWriter });
    const lost = store.storage.ledger.record(event('accept', 'both-doors'));
    await expect(lost).rejects.toThrow(/struck by lightning/);
    await expect(lost).rejects.toBeInstanceOf(StorageError);
    expect(store.storage.health()).toMatchObject({ isHealthy: false });
    await store.clock.advance(100);
    await store.storage.ledger.record(event('accept', 'both-doors'));
    expect(store.storage.health()).toEqual({ isHealthy: true });
    expect(await collect(store.storage)).toHaveLength(1);
  });

  it('says that the store is busy when another process keeps it for too long', async () => {
    store = await openTestStore({ busyTimeoutMs: 50 });
    const { DatabaseSync } = await import('node:sqlite');
    const other = new DatabaseSync(store.file);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.storage.ledger.record(event('accept', 'both-doors'))).rejects.toMatchObject({ code: 'busy' });
    await expect(store.storage.users.addUser('alice', {})).rejects.toMatchObject({ code: 'busy' });
    other.exec('COMMIT');
    other.close();
    await store.storage.ledger.record(event('accept', 'both-doors'));
    expect(store.storage.health()).toEqual({ isHealthy: true });
  });
});
