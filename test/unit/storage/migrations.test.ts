import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStorage } from '../../../src/storage/index.ts';
import type { Storage } from '../../../src/storage/index.ts';
import { collect, event, passcodeClaim } from '../../contract/storage.ts';
import { changeBehindTheBack, sqliteDeps, temporaryFolder } from './sqlite-store.ts';

const FIRST_TABLES = readFileSync(join(import.meta.dirname, 'databases', '0001-first-tables.sql'), 'utf8');
const OLD_EVENTS = ['old-1', 'old-4', 'old-3', 'old-2', '0b5e1d2c'];

describe('a database made by the first version', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let file: string;
  let storage: Storage | undefined;
  beforeEach(() => {
    folder = temporaryFolder();
    file = join(folder.path, 'sallyport.db');
    changeBehindTheBack(file, `PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF; ${FIRST_TABLES}`);
  });
  afterEach(async () => {
    await storage?.close();
    folder.remove();
  });

  const open = async (): Promise<Storage> => (storage = await openSqliteStorage({ file }, sqliteDeps()));

  it('opens with its users, its tokens and the passcodes that were spent', async () => {
    const { directory, ledger } = await open();
    const user = directory.findUser('alice')!;
    const [token] = directory.passcodeTokens(user.id);
    expect(token?.secret.reveal().toString()).toBe('12345678901234567890');
    expect(await ledger.spend(passcodeClaim(user, token!, 41))).toBe('replayed');
    expect(await ledger.spend(passcodeClaim(user, token!, 42))).toBe('spent');
  });

  it('reports its events, and has them behind what is written now', async () => {
    const { ledger, events } = await open();
    expect((await collect(storage!)).map(({ id }) => id)).toEqual(OLD_EVENTS);
    expect((await collect(storage!, { user: 'ZOË' })).map(({ id }) => id)).toEqual(['old-4']);
    await ledger.record(event('reject', 'unenrolled', { id: 'new', atMs: Date.UTC(2026, 0, 16) }));
    expect((await collect(storage!)).map(({ id }) => id)).toEqual(['new', ...OLD_EVENTS]);
    expect(await events.verifyChain()).toEqual({ kind: 'intact', events: 6 });
  });

  it.each([
    ['altered', `UPDATE events SET body = replace(body, 'bob', 'eve') WHERE sequence = 2`, 2],
    ['removed', 'DELETE FROM events WHERE sequence = 4', 4],
    ['cut off', 'DELETE FROM events WHERE sequence > 3', 4],
  ])('does not hide that its events were %s before', async (_, statement, sequence) => {
    changeBehindTheBack(file, statement);
    const { events } = await open();
    expect(await events.verifyChain()).toMatchObject({ kind: 'broken', sequence });
  });
});
