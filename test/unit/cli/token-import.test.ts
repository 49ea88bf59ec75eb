import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tokenImport } from '../../../src/cli/token-import.ts';
import { tokenList } from '../../../src/cli/token-list.ts';
import type { TokenView } from '../../../src/cli/token-list.ts';
import { userAdd } from '../../../src/cli/user-add.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

beforeEach(async () => {
  workplace = new Workplace();
  await workplace.play(userAdd, { name: 'alice', password: false });
});

afterEach(() => workplace.remove());

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

function importFile(content: string | Buffer, options: object = { createUsers: true }) {
  workplace.write('tokens.csv', content);
  return workplace.play(tokenImport, { file: 'tokens.csv', ...options });
}

const log = (): string[] => readFileSync(join(workplace.folder, 'tokens.csv.log'), 'utf8').trimEnd().split('\n');

async function tokens(): Promise<TokenView[]> {
  return JSON.parse((await workplace.play(tokenList, { json: true })).out) as TokenView[];
}

describe('token import', () => {
  it('imports one token a row, and logs each', async () => {
    const played = await importFile(
      `username,serial,secret,interval\nalice,SN-1,${SECRET},30\nalice,SN-2,${SECRET},60\n`,
    );
    expect(played).toMatchObject({ status: 0, out: expect.stringContaining('2 of 2 tokens imported') as string });
    expect(await tokens()).toMatchObject([
      { serial: 'SN-1', user: 'alice', type: 'totp', digits: 6, algorithm: 'sha1', periodSeconds: 30 },
      { serial: 'SN-2', periodSeconds: 60 },
    ]);
    expect(log()).toEqual(['2,SN-1,ok', '3,SN-2,ok']);
    expect(statSync(join(workplace.folder, 'tokens.csv.log')).mode & 0o777).toBe(0o600);
  });

  it('keeps the good rows and reports each bad one with its line and reason', async () => {
    const rows = [
      'username,serial,secret,interval',
      `alice,SN-1,${SECRET},30`,
      `alice,,${SECRET},30`,
      '',
      `alice,SN-1,${SECRET},30`,
      'alice,SN-2,rubbish!,30',
      `alice,SN-3,${SECRET},5`,
      `alice,SN-4,${SECRET},soon`,
      `alice,"SN-5,${SECRET},30`,
      `,SN-6,${SECRET},30`,
      `alice,1.23E+11,${SECRET},30`,
      'alice,SN-7,MFRGG,30',
      'alice',
      `alice,SN-8,${SECRET},30`,
    ];
    const played = await importFile(rows.join('\r\n'));
    expect(played).toMatchObject({ status: 1, out: expect.stringContaining('2 of 12 tokens imported') as string });
    expect(log()).toEqual([
      '2,SN-1,ok',
      '3,,the serial is empty',
      '5,SN-1,there is a token with this serial already',
      '6,SN-2,the secret is not Base32 (letters A to Z and digits 2 to 7)',
      '7,SN-3,"period must be 15 to 120 whole seconds, not 5"',
      '8,SN-4,the interval is no whole number',
      '9,,a quote is not closed on its line',
      '10,SN-6,the user name is empty',
      '11,1.23E+11,the serial was rounded by a spreadsheet',
      '12,SN-7,"the secret has 3 octets, at least 10 are needed"',
      '13,,the serial is empty',
      '14,SN-8,ok',
    ]);
    expect(played.err).toContain('tokens.csv:6: the secret is not Base32');
    expect((await tokens()).map(({ serial }) => serial)).toEqual(['SN-1', 'SN-8']);
    expect(played.out + played.err + log().join()).not.toMatch(/rubbish|MFRGG|GEZDGN/);
  });

  it('reads the six columns of Entra ID and names those it does not use', async () => {
    const played = await importFile(
      `upn,serial number,secret key,time interval,manufacturer,model\nalice,SN-1,${SECRET},60,Contoso,HardwareKey\n`,
    );
    expect(played.status).toBe(0);
    expect(played.err).toContain('manufacturer, model');
    expect(await tokens()).toMatchObject([{ serial: 'SN-1', periodSeconds: 60 }]);
  });

  it('reads columns in any order, and those of Azure MFA Server', async () => {
    await importFile(`Serial;Base32;Interval;UserName\nSN-1;${SECRET};60;alice\n`);
    expect(await tokens()).toMatchObject([{ serial: 'SN-1', user: 'alice', periodSeconds: 60 }]);
  });

  it('reads optional columns', async () => {
    await importFile(
      `username,serial,secret,digits,algorithm,type,counter\nalice,SN-1,${SECRET},8,HMAC-SHA256,HOTP,41\nalice,SN-2,${SECRET},,,,\n`,
    );
    expect(await tokens()).toMatchObject([
      { serial: 'SN-1', digits: 8, algorithm: 'sha256', type: 'hotp', nextCounter: 41 },
      { serial: 'SN-2', digits: 6, algorithm: 'sha1', type: 'totp' },
    ]);
  });

  it.each([
    ['a byte order mark and CRLF', Buffer.from(`\ufeffusername,serial,secret\r\nJürgen,SN-1,${SECRET}\r\n`)],
    ['Latin-1', Buffer.from(`username,serial,secret\nJürgen,SN-1,${SECRET}\n`, 'latin1')],
    ['UTF-16', Buffer.from(`\ufeffusername\tserial\tsecret\r\nJürgen\tSN-1\t${SECRET}\r\n`, 'utf16le')],
    ['line ends of old Macs', Buffer.from(`username,serial,secret\rJürgen,SN-1,${SECRET}\r`)],
    ['decomposed letters', Buffer.from(`username,serial,secret\n${'Jürgen'.normalize('NFD')},SN-1,${SECRET}`)],
    ['quotes', Buffer.from(`"username","serial","secret"\n"Jürgen","SN-1","${SECRET}"\n`)],
    ['a separator hint', Buffer.from(`sep=;\nusername;serial;secret\nJürgen;SN-1;${SECRET}\n`)],
  ])('reads a file with %s', async (_, content) => {
    await importFile(content);
    expect(await tokens()).toMatchObject([{ serial: 'SN-1', user: 'Jürgen' }]);
  });

  it('takes off what spreadsheets wrap around text to keep it text', async () => {
    await importFile(`username,serial,secret\nalice,="0012",${SECRET}\nalice,'0013,"=""${SECRET}"""\n`);
    expect(await tokens()).toMatchObject([{ serial: '0012' }, { serial: '0013' }]);
  });

  it('makes users only when told to', async () => {
    const content = `username,serial,secret\nbob,SN-1,${SECRET}\nBOB,SN-2,${SECRET}\n`;
    expect((await importFile(content, {})).status).toBe(1);
    expect(log()[0]).toContain('--create-users');
    expect(await tokens()).toEqual([]);
    const played = await importFile(content);
    expect(played.out).toContain('1 users made');
    expect(await tokens()).toMatchObject([{ user: 'bob' }, { user: 'bob' }]);
  });

  it('writes nothing but the log in a dry run, and finds the same mistakes', async () => {
    const content = `username,serial,secret\nbob,SN-1,${SECRET}\nbob,SN-1,${SECRET}\ncarol,SN-2,nonsense!\n`;
    const played = await importFile(content, { createUsers: true, dryRun: true });
    expect(played).toMatchObject({ status: 1, out: expect.stringContaining('nothing was') as string });
    const dry = log();
    expect(await tokens()).toEqual([]);
    expect(await workplace.useStorage(({ users }) => users.findUserRecord('bob'))).toBeUndefined();
    await importFile(content);
    expect(log()).toEqual(dry);
  });

  it('defuses formulas in its log', async () => {
    await importFile(`username,serial,secret\nalice,=HYPERLINK("x"),nonsense!\n`);
    expect(log()[0]).toMatch(/^2,"?'=HYPERLINK/);
  });

  it('does not follow a link that lies where the log goes', async () => {
    writeFileSync(join(workplace.folder, 'precious'), 'data');
    symlinkSync(join(workplace.folder, 'precious'), join(workplace.folder, 'tokens.csv.log'));
    expect((await importFile(`username,serial,secret\nalice,SN-1,${SECRET}\n`)).status).toBe(1);
    expect(readFileSync(join(workplace.folder, 'precious'), 'utf8')).toBe('data');
    expect(await tokens()).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['without headings', `alice,SN-1,${SECRET},30\n`],
    ['of headings without a serial', `username,secret\nalice,${SECRET}\n`],
    ['of another kind', Buffer.from('7f454c4602010100000000000000000003003e00', 'hex')],
  ])('refuses a file that is %s', async (_, content) => {
    const played = await importFile(content);
    expect(played).toMatchObject({ status: 1, out: '' });
    expect(played.err).toMatch(/first line/);
    expect(await tokens()).toEqual([]);
  });

  it('reports a file that is not there', async () => {
    const played = await workplace.play(tokenImport, { file: 'nowhere.csv' });
    expect(played).toMatchObject({ status: 1, err: expect.stringContaining('nowhere.csv') as string });
  });

  it('gives up a line that never ends, and goes on behind it', async () => {
    const long = 'x'.repeat(300_000);
    await importFile(`username,serial,secret\n${long}\nalice,SN-1,${SECRET}\n`);
    expect(log()).toEqual(['2,,the line is too long', '3,SN-1,ok']);
  });

  it('tells now and then how far it is', async () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => `alice,SN-${index},bad secret`);
    const played = await importFile(`username,serial,secret\n${rows.join('\n')}\n`);
    expect(played.err).toContain('Rows: 1000 of 1001');
    expect(played.err).toContain('… and 980 more.');
  });
});
