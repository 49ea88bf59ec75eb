import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenImport } from '../../../src/cli/token-import.ts';
import type { TokenImportArguments } from '../../../src/cli/token-import.ts';
import { tokenList } from '../../../src/cli/token-list.ts';
import type { TokenView } from '../../../src/cli/token-list.ts';
import { userAdd } from '../../../src/cli/user-add.ts';
import { Workplace } from '../../support/terminal.ts';
import type { Surroundings } from '../../support/terminal.ts';

let workplace: Workplace;

beforeEach(async () => {
  workplace = new Workplace();
  await workplace.play(userAdd, { name: 'alice', password: false });
});

afterEach(() => {
  vi.restoreAllMocks();
  workplace.remove();
});

const HEX = '3132333435363738393031323334353637383930';
const BASE32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const figure = (number: number): string =>
  readFileSync(join(import.meta.dirname, `../../vectors/rfc6030/figure${number}.xml`), 'utf8');

function importFile(content: string, options: Partial<TokenImportArguments> = {}, surroundings: Surroundings = {}) {
  workplace.write('tokens', content);
  return workplace.play(tokenImport, { file: 'tokens', ...options }, surroundings);
}

const log = (): string[] => readFileSync(join(workplace.folder, 'tokens.log'), 'utf8').trimEnd().split('\n');

async function serials(): Promise<(readonly [string, string])[]> {
  const views = JSON.parse((await workplace.play(tokenList, { json: true })).out) as TokenView[];
  return views.map(({ serial, user }) => [serial, user] as const);
}

describe('token import of files that name no user', () => {
  const azure = `SN-1,${BASE32},60\nSN-2,${BASE32},60\nSN-3,${BASE32},60\n`;

  it('reports each row', async () => {
    expect(await importFile(azure)).toMatchObject({ status: 1 });
    expect(log()).toContain('1,SN-1,"there is no user for it: name one with --assign FILE (username,serial)"');
    expect(await serials()).toEqual([]);
  });

  it.each([
    ['with a first line of names', 'Serial Number;UPN\nSN-1;alice\nSN-3;bob\nSN-9;carol\n'],
    ['without', 'alice,SN-1\nbob,SN-3\ncarol,SN-9\n'],
  ])('gives them to whom a list %s assigns them', async (_, list) => {
    workplace.write('who.csv', list);
    expect(await importFile(azure, { assign: 'who.csv', createUsers: true })).toMatchObject({ status: 1 });
    expect(await serials()).toEqual([
      ['SN-1', 'alice'],
      ['SN-3', 'bob'],
    ]);
  });

  it('believes the list before the file', async () => {
    workplace.write('who.csv', 'alice,987654321');
    expect(await importFile(figure(3), { assign: 'who.csv' })).toMatchObject({ status: 0 });
    expect(await serials()).toEqual([['987654321', 'alice']]);
  });

  it.each([
    ['names a serial twice', 'alice,SN-1\nbob,SN-1\n', 'line 2'],
    ['names nobody', ',SN-1\n', 'line 1'],
    ['has an open quote', 'alice,"SN-1\n', 'line 1'],
  ])('takes no list that %s', async (_, list, problem) => {
    workplace.write('who.csv', list);
    const played = await importFile(azure, { assign: 'who.csv' });
    expect(played).toMatchObject({ status: 1, out: '', err: expect.stringContaining(problem) as string });
    expect(await importFile(azure, { assign: 'nowhere.csv' })).toMatchObject({ status: 1, out: '' });
    expect(await serials()).toEqual([]);
  });
});

describe('the format of a file', () => {
  const ambiguous = `OATH1,${HEX},hotp,6,41\n`;

  it('is said where it is plain', async () => {
    expect((await importFile(`SN-1,${BASE32},60\n`)).err).toContain('Format: azure-mfa-server');
  });

  it('is asked for where nobody can be, with the names it may have', async () => {
    const played = await importFile(ambiguous);
    expect(played).toMatchObject({ status: 2, out: '' });
    expect(played.err).toMatch(/--format privacyidea[^]*--format linotp/);
    expect(await serials()).toEqual([]);
  });

  it('is what --format says', async () => {
    workplace.write('who.csv', 'alice,OATH1');
    expect(await importFile(ambiguous, { format: 'privacyidea', assign: 'who.csv' })).toMatchObject({ status: 0 });
    expect(await serials()).toEqual([['OATH1', 'alice']]);
  });

  it('is confirmed by a person at a terminal', async () => {
    workplace.write('who.csv', 'alice,OATH1');
    const typed = [['looks like', '']] as const;
    const played = await importFile(ambiguous, { assign: 'who.csv' }, { typed });
    expect(played).toMatchObject({ status: 0 });
    expect(await serials()).toEqual([['OATH1', 'alice']]);
  });

  it('is not believed against what is in the file', async () => {
    for (const format of ['pskc', 'csv'] as const) {
      expect(await importFile(ambiguous, { format })).toMatchObject({ status: 1, out: '' });
    }
    await importFile(ambiguous, { format: 'multiotp' });
    expect(await serials()).toEqual([]);
  });
});

describe('token import of PSKC', () => {
  const key = '12345678901234567890123456789012';

  it.each([
    ['a pre-shared key from a file', 6, { keyFile: 'secret' }, key],
    ['a pre-shared key from a file, in capitals and groups', 6, { keyFile: 'secret' }, key.replace(/..../g, '$& ')],
    ['a password from a file', 7, { passwordFile: 'secret' }, 'qwerty\n'],
  ])('opens it with %s', async (_, number, options, secret) => {
    workplace.write('secret', secret);
    workplace.write('who.csv', 'alice,987654321');
    const played = await importFile(figure(number), { ...options, assign: 'who.csv' });
    expect(played).toMatchObject({ status: 0 });
    expect(await serials()).toEqual([['987654321', 'alice']]);
    expect(log()).toEqual([`${number === 6 ? 20 : 39},987654321,ok`]);
  });

  it('opens it with a raw key', async () => {
    workplace.write('secret', Buffer.from(key, 'hex'));
    expect((await importFile(figure(6), { keyFile: 'secret', dryRun: true })).err).toContain('no user');
  });

  it('takes the secret from standard input where no file is named', async () => {
    workplace.write('who.csv', 'alice,987654321');
    expect(await importFile(figure(7), { assign: 'who.csv' }, { stdin: 'qwerty\n' })).toMatchObject({ status: 0 });
    expect(await importFile(figure(7), {}, { stdin: '' })).toMatchObject({ status: 1, out: '' });
  });

  it('stores nothing under a wrong key', async () => {
    workplace.write('secret', '00'.repeat(16));
    const played = await importFile(figure(6), { keyFile: 'secret' });
    expect(played).toMatchObject({ status: 1, out: '', err: expect.stringContaining('wrong') as string });
  });

  it('prints its summary as JSON', async () => {
    const played = await importFile(figure(5), { json: true, createUsers: true });
    expect(JSON.parse(played.out)).toEqual({
      format: 'pskc',
      isDryRun: false,
      rows: 2,
      imported: 0,
      usersMade: 0,
      weak: 0,
      failed: 2,
      failures: [
        { line: 5, serial: '987654321', reason: expect.stringContaining('no user') as string },
        { line: 36, serial: '987654321', reason: expect.stringContaining('pin') as string },
      ],
      log: 'tokens.log',
    });
  });
});

describe('token import of many rows', () => {
  it('keeps every good one across commits, in order, with a line in the log', async () => {
    const rows = Array.from({ length: 1_001 }, (_, index) => `user${index},SN-${index % 1_000},${BASE32}`);
    const played = await importFile(`username,serial,secret\n${rows.join('\n')}\n`, { createUsers: true });
    expect(played.out).toContain('1000 of 1001 tokens imported, 1000 users made, 1 rows failed.');
    expect(log()).toHaveLength(1_001);
    expect(log()[1_000]).toBe('1002,SN-0,there is a token with this serial already');
    expect(await workplace.useStorage(({ users }) => users.findUserRecord('user1000'))).toBeUndefined();
  });
});
