import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { createHeadSeal, FIRST_PREVIOUS } from '../../../src/storage/chain.ts';
import { createSecretBox, deriveKey, openSqliteStorage } from '../../../src/storage/index.ts';
import type { Storage } from '../../../src/storage/index.ts';
import { createFirstTables } from '../../../src/storage/migrations/0001-first-tables.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { migrate } from '../../../src/storage/sqlite/migrate.ts';
import { admissionClaim, newPhone } from '../../contract/storage-factors.ts';
import { failureClaim, passcodeClaim } from '../../contract/storage.ts';
import { sqliteDeps, temporaryFolder, testMasterKey } from './sqlite-store.ts';

describe('a database of the first version', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let file: string;
  let storage: Storage;
  const deps = sqliteDeps();

  beforeEach(async () => {
    folder = temporaryFolder();
    file = join(folder.path, 'data', 'sallyport.db');
    await makeFirstVersion(file);
    storage = await openSqliteStorage({ file }, deps);
  });
  afterEach(async () => {
    await storage.close();
    folder.remove();
  });

  it('keeps its users, with all they had and nothing they have not', async () => {
    expect(storage.directory.findUser('ALICE')).toStrictEqual({
      id: 1,
      name: 'Alice',
      isEnabled: true,
      lockedUntilMs: 0,
      passwordHash: '$argon2id$x',
      phone: '+4512345678',
    });
    expect(await storage.users.findUserRecord('alice')).toMatchObject({ failures: 2, tokenCount: 2 });
  });

  it('keeps its tokens active, with secret and spent counters', async () => {
    const [token] = storage.directory.passcodeTokens(1);
    expect(token).toMatchObject({ serial: 'SN-1', lastCounter: 41, driftSteps: 1 });
    expect(token?.secret.reveal().toString()).toBe('12345678901234567890');
    expect(storage.directory.hasPending(1)).toBe(false);
    expect(await storage.ledger.spend(passcodeClaim({ id: 1 }, { id: 1 }, 41))).toBe('replayed');
    expect(await storage.ledger.spend(passcodeClaim({ id: 1 }, { id: 1 }, 42))).toBe('spent');
    expect(await storage.ledger.spend(passcodeClaim({ id: 1 }, { id: 2 }, 1))).toBe('locked'); // it was disabled
  });

  it('goes on with its log, and has room for what is new', async () => {
    await storage.ledger.fail(failureClaim({ id: 1 }, 9, 60));
    await storage.tokens.addPushToken(newPhone(1, { state: 'active' }));
    await storage.codes.replaceBackupCodes(1, [storage.codeDigest(1, 'A')]);
    expect(await storage.ledger.admit(admissionClaim({ id: 1 }))).toBe('admitted');
    expect(storage.directory.pushDevices(1)).toHaveLength(1);
    expect(storage.directory.codes(1)).toHaveLength(1);
    expect(await storage.events.verifyChain()).toEqual({ kind: 'intact', events: 2 });
  });

  it('is refused by a version before, once it is upgraded', async () => {
    await storage.close();
    const db = openConnection({ file, busyTimeoutMs: 100 });
    await expect(migrate(db, file, firstSteps)).rejects.toMatchObject({ code: 'schema-newer' });
    db.close();
    storage = await openSqliteStorage({ file }, deps);
    expect(storage.directory.hasTokens(1)).toBe(true);
  });
});

const firstSteps = { '0001-first-tables': createFirstTables };

/** What the first version has left behind: a user with two tokens, one of them disabled. */
async function makeFirstVersion(file: string): Promise<void> {
  mkdirSync(dirname(file), { mode: 0o700 });
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL');
  await migrate(db, file, firstSteps);
  const head = { events: 0, hash: FIRST_PREVIOUS };
  const seal = createHeadSeal(deriveKey(testMasterKey, 'log-head')).seal(head);
  db.prepare(`INSERT INTO settings VALUES ('key-check', ?)`).run(deriveKey(testMasterKey, 'key-check'));
  db.prepare('INSERT INTO events_head VALUES (1, 0, ?, ?)').run(head.hash, seal);
  db.exec(`INSERT INTO users (name, name_key, password_hash, phone, failures, created_at_ms)
           VALUES ('Alice', 'alice', '$argon2id$x', '+4512345678', 2, 1)`);
  const box = createSecretBox(testMasterKey, 'token', sqliteDeps().random);
  const insert = db.prepare(
    `INSERT INTO tokens (user_id, type, serial, secret, digits, algorithm, period_seconds, is_enabled, created_at_ms)
     VALUES (1, 'totp', ?, ?, 6, 'sha1', 30, ?, 1)`,
  );
  const secret = Secret.fromText('12345678901234567890');
  insert.run('SN-1', box.seal(secret, 'token:SN-1:1'), 1);
  insert.run('SN-2', box.seal(secret, 'token:SN-2:1'), 0);
  db.exec('INSERT INTO token_uses VALUES (1, 41, 1), (2, -1, 0)');
  db.close();
}
