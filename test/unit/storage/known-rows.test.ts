import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { openTestStore, type SqliteUnderTest } from './sqlite-store.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function withAlice() {
  const store: SqliteUnderTest = await openTestStore();
  open.push(() => store.remove());
  const { storage } = store;
  const { id } = await storage.users.addUser('alice', {});
  const token = { type: 'totp', secret: Secret.fromText('x'.repeat(20)), digits: 6, algorithm: 'sha1' } as const;
  await storage.tokens.addToken({ ...token, userId: id, serial: 'T1', periodSeconds: 30, nextCounter: 0 });
  const other = new DatabaseSync(store.file);
  open.push(() => other.close());
  // As a login sees her: the first look fills what is kept, a commit of anything ends the snapshot.
  const look = async () => {
    await storage.blocks.list();
    return [storage.directory.findUser('alice'), storage.directory.passcodeTokens(id)] as const;
  };
  await look();
  return { storage, other, look, id };
}

it.each<[string, string]>([
  ['disabled', 'UPDATE users SET is_enabled = 0'],
  ['locked', 'UPDATE users SET locked_at_ms = 1767225600000, lock_seconds = 1000000000'],
  [
    'blocked',
    `INSERT OR REPLACE INTO blocks (user_id, reason, blocked_by, from_ms, until_ms) SELECT id, '', '', 0, 0 FROM users`,
  ],
  ['renamed', `UPDATE users SET name = 'alina', name_key = 'alina'`],
  ['deleted', 'DELETE FROM users'],
])('a user is seen as %s at once by another process', async (_, change) => {
  const { other, look } = await withAlice();
  const [before] = await look();
  other.exec('PRAGMA foreign_keys = ON');
  other.exec(change);
  const [after] = await look();
  expect(before).toMatchObject({ name: 'alice', isEnabled: true });
  expect(after).not.toEqual(before);
});

it.each<[string, string]>([
  ['disabled', 'UPDATE tokens SET is_enabled = 0'],
  ['deleted', 'DELETE FROM tokens'],
  ['deleted with its user', 'DELETE FROM users'],
  ['pending', `UPDATE tokens SET state = 'pending'`],
  ['given to nobody', 'DELETE FROM token_uses'],
])('a token that another process has %s is not given', async (_, change) => {
  const { other, look } = await withAlice();
  expect((await look())[1]).toHaveLength(1);
  other.exec('PRAGMA foreign_keys = ON');
  other.exec(change);
  expect((await look())[1]).toEqual([]);
});

it('a passcode that was spent is seen without a change of what is kept', async () => {
  const { other, look } = await withAlice();
  const count = () => other.prepare('SELECT changes FROM directory_changes').get()?.['changes'];
  const before = count();
  other.exec('UPDATE token_uses SET last_counter = 77, drift_steps = 1');
  other.exec('UPDATE users SET failures = 3');
  expect((await look())[1]).toMatchObject([{ lastCounter: 77, driftSteps: 1 }]);
  expect(count()).toBe(before);
});

it('a block that is lifted and a token that is added are seen at once', async () => {
  const { storage, look, id } = await withAlice();
  await storage.blocks.add({ username: 'alice', reason: 'x', by: 'x', untilMs: 0 });
  expect((await look())[0]?.blockedUntilMs).toBe(Infinity);
  await storage.blocks.remove('alice');
  expect((await look())[0]?.blockedUntilMs).toBeUndefined();
  const token = { type: 'hotp', secret: Secret.fromText('y'.repeat(20)), digits: 6, algorithm: 'sha1' } as const;
  await storage.tokens.addToken({ ...token, userId: id, serial: 'T2', periodSeconds: 30, nextCounter: 5 });
  expect((await look())[1]).toMatchObject([{ serial: 'T1' }, { serial: 'T2', lastCounter: 4 }]);
});
