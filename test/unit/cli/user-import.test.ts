import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { userAdd } from '../../../src/cli/user-add.ts';
import { userImport } from '../../../src/cli/user-import.ts';
import type { UserRecord } from '../../../src/storage/index.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

beforeEach(() => {
  workplace = new Workplace();
});

afterEach(() => workplace.remove());

function importFile(content: string | Buffer, options: object = {}) {
  workplace.write('users.csv', content);
  return workplace.play(userImport, { file: 'users.csv', ...options });
}

const users = (): Promise<UserRecord[]> => workplace.useStorage((storage) => storage.users.listUsers());

const log = (): string[] => readFileSync(join(workplace.folder, 'users.csv.log'), 'utf8').trimEnd().split('\n');

describe('user import', () => {
  it('adds one user a row with what its cells say, and logs each', async () => {
    const played = await importFile(
      'User name;First Name;Surname;Mail;Mobile;Language;Groups;Preferred;Room\n' +
        'alice;Alice;Lidell;alice@example.com;+45 20 12 34 56;da;"staff;CN=VPN,DC=example";push,totp;12\n' +
        'EXAMPLE\\bob;;;;;;;;\n',
    );
    expect(played).toMatchObject({
      status: 0,
      out: '2 of 2 users added, 0 changed, 0 refused.\nLine by line: users.csv.log\n',
      err: expect.stringContaining('Columns that are not used: Room.') as string,
    });
    const [alice, bob] = await users().then((all) => all.toSorted((a, b) => (a.name < b.name ? 1 : -1)));
    expect(alice).toMatchObject({
      ...{ name: 'alice', firstName: 'Alice', lastName: 'Lidell', email: 'alice@example.com' },
      ...{ phone: '+45 20 12 34 56', language: 'da', groups: ['staff', 'CN=VPN,DC=example'] },
      preferred: ['push', 'totp'],
    });
    expect(alice).not.toHaveProperty('passwordHash');
    expect(bob).toMatchObject({ name: 'EXAMPLE\\bob', isEnabled: true });
    expect(log()).toEqual(['2,alice,ok', '3,EXAMPLE\\bob,ok']);
    expect(statSync(join(workplace.folder, 'users.csv.log')).mode & 0o777).toBe(0o600);
  });

  it('keeps the good rows and reports each bad one with its line and reason', async () => {
    const played = await importFile(
      ['upn,phone,language', 'alice,20 12 34 56,', ',,', '', 'bob,,klingon 1', 'carol,,de', '"dan,,', 'CAROL,,'].join(
        '\r\n',
      ),
    );
    expect(played).toMatchObject({ status: 1, out: expect.stringContaining('1 of 6 users added') as string });
    expect(log()).toEqual([
      '2,alice,phone needs the number with its country: +45 20 12 34 56',
      '3,,the user name is empty',
      '5,bob,"language is no language tag, such as de or pt-BR"',
      '6,carol,ok',
      '7,,a quote is not closed on its line',
      '8,CAROL,there is such a user already (--update changes them)',
    ]);
    expect(played.err).toContain('users.csv:2: phone needs the number');
    expect((await users()).map(({ name }) => name)).toEqual(['carol']);
  });

  it('with --update changes users who are there; an empty cell leaves what they have', async () => {
    await workplace.play(userAdd, { name: 'alice', password: false, email: 'old@example.com', firstName: 'Alice' });
    const played = await importFile('username,email,first name\nAlice,new@example.com,\n', { update: true });
    expect(played).toMatchObject({ status: 0, out: expect.stringContaining('1 changed') as string });
    expect(await users()).toMatchObject([{ name: 'alice', email: 'new@example.com', firstName: 'Alice' }]);
  });

  it('writes nothing but the log in a dry run, and finds the same mistakes', async () => {
    await workplace.play(userAdd, { name: 'alice', password: false });
    const content = 'username,email\nalice,\nbob,\nBob,\n';
    const played = await importFile(content, { dryRun: true });
    expect(played).toMatchObject({ status: 1, out: expect.stringContaining('nothing was written') as string });
    const dry = log();
    expect(await users()).toHaveLength(1);
    await importFile(content);
    expect(log()).toEqual(dry);
  });

  it('sums up as JSON', async () => {
    const { out } = await importFile('username\nalice\n \nalice\n', { json: true });
    expect(JSON.parse(out)).toEqual({
      ...{ isDryRun: false, rows: 2, added: 1, changed: 0, failed: 1, log: 'users.csv.log' },
      failures: [{ line: 4, user: 'alice', reason: 'there is such a user already (--update changes them)' }],
    });
  });

  it.each([
    ['', 'it is empty'],
    ['alice,Alice\nbob,Bob\n', 'the first line must name the columns'],
    ['first name,email\nAlice,a@example.com\n', 'the first line must name the columns'],
  ])('refuses the file %j', async (content, problem) => {
    expect(await importFile(content)).toMatchObject({ status: 1, err: expect.stringContaining(problem) as string });
    expect(await users()).toEqual([]);
  });

  it('says why a file cannot be used', async () => {
    const missing = await workplace.play(userImport, { file: 'nowhere.csv' });
    expect(missing).toMatchObject({
      status: 1,
      err: expect.stringMatching(/nowhere\.csv.*it does not exist/) as string,
    });
    const folder = await workplace.play(userImport, { file: 'config' });
    expect(folder).toMatchObject({ status: 1, err: 'config: it is no regular file.\n' });
  });

  it('shows no control characters of a file', async () => {
    const played = await importFile('username,\u001b[2J\nali\u001bce,\n');
    expect(played.out + played.err + log().join('')).not.toContain('\u001b');
  });
});
