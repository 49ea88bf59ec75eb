import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Ledger } from '../../../src/access/index.ts';
import { RecentUses } from '../../../src/storage/sqlite/recent-uses.ts';
import { Snapshot } from '../../../src/storage/sqlite/snapshot.ts';
import { event, failureClaim, newToken, passcodeClaim } from '../../contract/storage.ts';
import { openTestStore, type SqliteUnderTest } from './sqlite-store.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of open.splice(0).reverse()) await close();
});

/** Snapshots end here when the test says so. */
function holdSnapshots(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
}

describe('passcodes spent since the snapshot was taken', () => {
  const alice = { id: 1 };
  const [one, other] = [{ id: 11 }, { id: 12 }];
  let snapshot: Snapshot;
  let uses: RecentUses;

  beforeEach(() => {
    holdSnapshots();
    const db = new DatabaseSync(':memory:');
    open.push(() => db.close());
    snapshot = new Snapshot(db);
    uses = new RecentUses(snapshot);
  });

  it('are seen within it, the last of each token', () => {
    snapshot.enter();
    uses.note(passcodeClaim(alice, one, 5, 1));
    expect(uses.of(other.id)).toBeUndefined();
    uses.note(passcodeClaim(alice, other, 70, -2));
    uses.note(passcodeClaim(alice, one, 6));
    expect(uses.of(one.id)).toEqual({ counter: 6, driftSteps: 0 });
    expect(uses.of(other.id)).toEqual({ counter: 70, driftSteps: -2 });
  });

  it.each<[string, () => void]>([
    ['when what is read was written', () => snapshot.leave()],
    ['at the end of its time', () => void vi.advanceTimersByTime(5)],
  ])('are forgotten with the next one: %s', (_, end) => {
    snapshot.enter();
    uses.note(passcodeClaim(alice, one, 5));
    end();
    snapshot.enter();
    expect(uses.of(one.id)).toBeUndefined();
    uses.note(passcodeClaim(alice, other, 6));
    expect(uses.of(one.id)).toBeUndefined();
    expect(uses.of(other.id)).toMatchObject({ counter: 6 });
  });

  it('are not kept while none is open: the next one shows them, and nothing would ever forget them', () => {
    uses.note(passcodeClaim(alice, one, 5));
    expect(uses.of(one.id)).toBeUndefined();
    snapshot.enter();
    expect(uses.of(one.id)).toBeUndefined();
    snapshot.leave();
    uses.note(passcodeClaim(alice, one, 6));
    expect(uses.of(one.id)).toBeUndefined();
  });
});

describe('while a snapshot is open, a login', () => {
  const alice = { id: 0 };
  const token = { id: 0 };
  let store: SqliteUnderTest;
  let other: DatabaseSync;

  beforeEach(async () => {
    store = await openTestStore();
    open.push(() => store.remove());
    const { storage } = store;
    alice.id = (await storage.users.addUser('alice', {})).id;
    token.id = (await storage.tokens.addToken(newToken(alice.id))).id;
    await storage.tokens.addToken(newToken(alice.id, { serial: 'T-2', nextCounter: 3 }));
    other = new DatabaseSync(store.file);
    open.push(() => other.close());
    holdSnapshots();
    expect(counters()).toEqual([-1, 2]);
    // Another process changes her name: whoever reads the old one is still in the snapshot of the line before.
    other.exec(`UPDATE users SET name = 'Alice'`);
  });

  const counters = () => store.storage.directory.passcodeTokens(alice.id).map(({ lastCounter }) => lastCounter);
  const isHeld = () => store.storage.directory.findUser('alice')?.name === 'alice';

  it('sees a passcode as spent at once', async () => {
    const { ledger, directory } = store.storage;
    expect(await ledger.spend(passcodeClaim(alice, token, 77, 1))).toBe('spent');
    expect(directory.passcodeTokens(alice.id)).toMatchObject([
      { serial: 'T-1', lastCounter: 77, driftSteps: 1 },
      { serial: 'T-2', lastCounter: 2, driftSteps: 0 },
    ]);
    expect(isHeld()).toBe(true);
  });

  it('sees the last of several that were spent together', async () => {
    const spent = [4, 6, 5].map((counter) => store.storage.ledger.spend(passcodeClaim(alice, token, counter)));
    expect(await Promise.all(spent)).toEqual(['spent', 'spent', 'replayed']);
    expect(counters()).toEqual([6, 2]);
    expect(isHeld()).toBe(true);
  });

  it('sees nothing of one that was not spent', async () => {
    expect(await store.storage.ledger.spend(passcodeClaim({ id: alice.id + 1 }, token, 77))).toBe('locked');
    expect(counters()).toEqual([-1, 2]);
    expect(isHeld()).toBe(true);
  });

  it('reads the counter anew with the next snapshot, as another process has set it', async () => {
    await store.storage.ledger.spend(passcodeClaim(alice, token, 77));
    other.exec('UPDATE token_uses SET last_counter = 500');
    expect(counters()).toEqual([77, 2]);
    vi.advanceTimersByTime(5);
    expect(counters()).toEqual([500, 500]);
    expect(isHeld()).toBe(false);
  });

  const record = (ledger: Ledger) => ledger.record(event('reject', 'primary-rejected'));
  const fail = (ledger: Ledger) => ledger.fail(failureClaim(alice, 3, 60));
  const [accepted, locked] = [event('accept', 'both-doors'), event('reject', 'locked-out')];

  it.each<[string, (ledger: Ledger) => Promise<unknown>]>([
    ['an event', record],
    ['a passcode', (ledger) => ledger.spend(passcodeClaim(alice, token, 1))],
    ['an admission', (ledger) => ledger.admit({ userId: alice.id, resets: true, accepted, locked })],
  ])('stays in it after %s: nothing that is read was changed', async (_, write) => {
    await write(store.storage.ledger);
    expect(isHeld()).toBe(true);
  });

  it.each<[string, (ledger: Ledger) => Promise<unknown>]>([
    ['a failure', fail],
    ['a failure in one commit with others', (ledger) => Promise.all([record(ledger), fail(ledger), record(ledger)])],
    ['a code', (ledger) => ledger.spendCode({ ...passcodeClaim(alice, token, 0), codeId: 1 })],
    ['a block', (ledger) => ledger.block({ userId: alice.id, seconds: 0, event: locked })],
  ])('gets another one after %s', async (_, write) => {
    await write(store.storage.ledger);
    expect(isHeld()).toBe(false);
  });

  it('sees at once that the user is locked out, and blocked', async () => {
    const { storage, clock } = store;
    const untilMs = clock.nowMs() + 60_000;
    expect(await storage.ledger.fail(failureClaim(alice, 1, 60))).toBe('locked');
    expect(storage.directory.findUser('alice')).toMatchObject({ lockedUntilMs: untilMs });
    await storage.ledger.block({ userId: alice.id, seconds: 60, event: locked });
    expect(storage.directory.findUser('alice')).toMatchObject({ blockedUntilMs: untilMs });
  });
});
