import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { openSqliteStorage } from '../../../src/storage/index.ts';
import type { Storage } from '../../../src/storage/index.ts';
import { event, newToken } from '../../contract/storage.ts';
import { changeBehindTheBack, sqliteDeps, temporaryFolder } from './sqlite-store.ts';

const PAGE_OCTETS = 4_096;

describe('opening a SQLite store', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let file: string;
  beforeEach(() => {
    folder = temporaryFolder();
    file = join(folder.path, 'data', 'sallyport.db');
  });
  afterEach(() => folder.remove());

  const open = (deps = {}): Promise<Storage> => openSqliteStorage({ file, writer: 'on-demand' }, sqliteDeps(deps));
  const fill = async (): Promise<void> => {
    const storage = await open();
    for (let number = 0; number < 60; number += 1) {
      const user = await storage.users.addUser(`user-${number}`, { email: `${number}@example.com` });
      await storage.tokens.addToken(newToken(user.id, { serial: `T-${number}` }));
    }
    await Promise.all(Array.from({ length: 300 }, () => storage.ledger.record(event('reject', 'unenrolled'))));
    await storage.close();
  };
  const refused = async (code: string, deps = {}): Promise<void> => {
    const before = existsSync(file) && statSync(file).isFile() ? readFileSync(file) : undefined;
    await expect(open(deps)).rejects.toMatchObject({ name: 'StorageError', code });
    if (before !== undefined) expect(readFileSync(file).equals(before)).toBe(true);
  };

  it('makes the folder and the file for the owner only, and nothing beside them', async () => {
    await (await open()).close();
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(file))).toEqual(['sallyport.db']);
  });

  it('gives the write-ahead log the same mode', async () => {
    const storage = await open();
    await storage.users.addUser('alice', {});
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
    await storage.close();
  });

  it('agrees with others who make the same file at the same time', async () => {
    const storages = await Promise.all([open(), open(), open()]);
    await storages[0].users.addUser('alice', {});
    for (const storage of storages) expect(await storage.users.countUsers()).toBe(1);
    for (const storage of storages) await storage.close();
    expect(readdirSync(dirname(file))).toEqual(['sallyport.db']);
  });

  it('warns of a file that others can read', async () => {
    await (await open()).close();
    const copy = `${file}.copy`;
    copyFileSync(file, copy);
    const warnings: string[] = [];
    const { logger } = sqliteDeps();
    const deps = sqliteDeps({ logger: { ...logger, warn: (_, message) => warnings.push(message) } });

    chmodSync(copy, 0o644);
    await (await openSqliteStorage({ file: copy, writer: 'on-demand' }, deps)).close();
    expect(warnings).toHaveLength(1);
  });

  it('refuses a file that is empty', async () => {
    mkdirSync(dirname(file));
    writeFileSync(file, '');
    await refused('database-damaged');
  });

  it.each([
    ['text', Buffer.from('username,serial,secret\n'.repeat(1_000))],
    ['a few octets', Buffer.from('SQLite')],
    ['noise', Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7_919) % 251))],
  ])('refuses a file of %s', async (_, octets) => {
    mkdirSync(dirname(file));
    writeFileSync(file, octets);
    await refused('database-damaged');
  });

  it.each([1, 5, 10, 30])('refuses a file that was cut off after %i pages', async (pages) => {
    await fill();
    expect(statSync(file).size).toBeGreaterThan(30 * PAGE_OCTETS);
    truncateSync(file, pages * PAGE_OCTETS);
    await refused('database-damaged');
  });

  it('refuses a file that was cut off within a page', async () => {
    await fill();
    truncateSync(file, 3 * PAGE_OCTETS + 100);
    await refused('database-damaged');
  });

  it('refuses a file with any one page overwritten', { timeout: 120_000 }, async () => {
    await fill();
    const whole = readFileSync(file);
    for (let page = 0; page < whole.length / PAGE_OCTETS; page += 1) {
      const torn = Buffer.from(whole);
      torn.fill(0xa5, page * PAGE_OCTETS, (page + 1) * PAGE_OCTETS);
      writeFileSync(file, torn);
      await refused('database-damaged');
    }
    writeFileSync(file, whole);
    await (await open()).close();
  });

  it('refuses another program’s database', async () => {
    mkdirSync(dirname(file));
    changeBehindTheBack(file, 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)');
    await refused('database-damaged');
  });

  it('refuses a database of a newer version, and says which step it does not know', async () => {
    await (await open()).close();
    changeBehindTheBack(file, `INSERT INTO kysely_migration VALUES ('0099-from-the-future', '2030-01-01')`);
    await expect(open()).rejects.toMatchObject({
      code: 'schema-newer',
      message: expect.stringContaining('0099') as string,
    });
  });

  it('refuses a master key other than that of the tokens', async () => {
    await (await open()).close();
    await refused('master-key-wrong', { masterKey: Secret.fromOctets(Buffer.alloc(32, 9)) });
    await (await open()).close();
  });

  it('refuses to read a token that was moved to another user', async () => {
    const storage = await open();
    const [alice, mallory] = [await storage.users.addUser('alice', {}), await storage.users.addUser('mallory', {})];
    await storage.tokens.addToken(newToken(alice.id));
    changeBehindTheBack(file, `UPDATE tokens SET user_id = ${mallory.id}`);
    expect(() => storage.directory.passcodeTokens(mallory.id)[0]!.secret).toThrow(
      expect.objectContaining({ code: 'sealed-invalid' }),
    );
    await storage.close();
  });

  it('keeps no secret in the file in clear', async () => {
    const storage = await open();
    const alice = await storage.users.addUser('alice', {});
    const secret = Secret.fromText('a secret of twenty octets');
    await storage.tokens.addToken(newToken(alice.id, { secret }));
    const written = Buffer.concat([readFileSync(file), readFileSync(`${file}-wal`)]);
    expect(written.includes('T-1')).toBe(true);
    expect(written.includes(secret.reveal())).toBe(false);
    await storage.close();
  });

  it.each([
    ['under a file', (plain: string) => join(plain, 'sallyport.db')],
    ['deep under a file', (plain: string) => join(plain, 'data', 'sallyport.db')],
    ['where the kernel makes no files', () => '/proc/sallyport/sallyport.db'],
    ['straight where the kernel makes no files', () => '/proc/sallyport.db'],
  ])('refuses a path %s', async (_, path) => {
    const plain = join(folder.path, 'plain');
    writeFileSync(plain, '');
    file = path(plain);
    await refused('directory-unusable');
  });

  it('refuses a folder in place of the file', async () => {
    mkdirSync(file, { recursive: true });
    await refused('database-unusable');
  });

  it('leaves nothing behind when there is no room for a new database', async () => {
    const options = { file, writer: 'on-demand', maxPages: 3 } as const;
    await expect(openSqliteStorage(options, sqliteDeps())).rejects.toMatchObject({ code: 'disk-full' });
    expect(readdirSync(dirname(file))).toEqual([]);
  });
});
