import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenDisable } from '../../../src/cli/token-change.ts';
import { tokenExport } from '../../../src/cli/token-export.ts';
import { tokenImport } from '../../../src/cli/token-import.ts';
import { userReset } from '../../../src/cli/user-change.ts';
import type { VaultToken } from '../../../src/storage/index.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

const csv = [
  'username,serial,secret,interval,digits,algorithm,type,counter',
  'alice,SN-1,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ,60,8,sha256,totp,',
  String.raw`CORP\zoë,SN-2,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJR,30,6,sha1,hotp,41`,
  '"o\'brien <+>, jr; ""x"" #1",SN & <3>,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJS,30,6,sha512,totp,',
  'uid=bob,SN-4,GEZDGNBVGY3TQOJQ,30,7,sha1,totp,',
].join('\n');

beforeEach(async () => {
  workplace = new Workplace();
  workplace.write('tokens.csv', csv);
  await workplace.play(tokenImport, { file: 'tokens.csv', createUsers: true });
});

afterEach(() => {
  vi.restoreAllMocks();
  workplace.remove();
});

const path = (name: string): string => join(workplace.folder, name);
const written = (): string => readFileSync(path('out.xml'), 'utf8');
const key = '00112233445566778899aabbccddeeff';
const password = 'correct horse battery';

async function tokens() {
  const plain = (token: VaultToken) => ({
    ...token,
    id: 0,
    userId: 0,
    secret: token.secret.reveal().toString('hex'),
  });
  return (await workplace.useStorage(({ vault }) => vault.exportTokens())).map(plain);
}

describe('token export', () => {
  const locks = [
    ['in clear', { plain: true }, {}],
    ['with a key', { keyFile: 'key' }, { keyFile: 'key' }],
    ['with a password', { passwordFile: 'password' }, { passwordFile: 'password' }],
  ] as const;

  it.each(locks)('writes %s what the import reads again, token by token', async (_, exported, imported) => {
    workplace.write('key', `${key}${key}\n`);
    workplace.write('password', `${password}\n`);
    const before = await tokens();
    expect(before).toHaveLength(4);
    expect(await workplace.play(tokenExport, { file: 'out.xml', ...exported })).toMatchObject({ status: 0 });
    expect(statSync(path('out.xml')).mode & 0o777).toBe(0o600);
    for (const { username } of before) await workplace.play(userReset, { name: username, yes: true });
    expect(await tokens()).toEqual([]);
    const played = await workplace.play(tokenImport, { file: 'out.xml', ...imported });
    expect(played).toMatchObject({ status: 0, out: expect.stringContaining('4 of 4 tokens imported') as string });
    expect(await tokens()).toEqual(before);
  });

  it('takes the password from standard input when no file is named', async () => {
    await workplace.play(tokenExport, { file: 'out.xml' }, { stdin: `${password}\n` });
    expect(written()).not.toContain('PlainValue>MTIz');
    workplace.write('password', password);
    const dry = await workplace.play(tokenImport, { file: 'out.xml', passwordFile: 'password', dryRun: true });
    expect(dry.out).toContain('4 rows failed');
    expect(dry.err).toContain('with this serial already');
  });

  it('has a password typed twice', async () => {
    const typed = (second: string) =>
      [
        ['Password of the file', password],
        ['again', second],
      ] as const;
    const slip = await workplace.play(tokenExport, { file: 'out.xml' }, { typed: typed('something else') });
    expect(slip).toMatchObject({ status: 1, err: expect.stringContaining('differ') as string });
    expect(await workplace.play(tokenExport, { file: 'out.xml' }, { typed: typed(password) })).toMatchObject({
      status: 0,
    });
  });

  it('warns where secrets are written in clear', async () => {
    expect((await workplace.play(tokenExport, { file: 'out.xml', plain: true })).err).toContain('Warning');
  });

  it.each([
    ['no password', {}, '', 'no key or password'],
    ['a short password', {}, 'short', 'at least 12'],
    ['a key of a wrong length', { keyFile: 'tokens.csv' }, '', '16, 24 or 32'],
    ['a key that is not there', { keyFile: 'nowhere' }, '', 'nowhere'],
  ])('writes nothing with %s', async (_, args, stdin, problem) => {
    const played = await workplace.play(tokenExport, { file: 'out.xml', ...args }, { stdin });
    expect(played).toMatchObject({ status: 1, out: '', err: expect.stringContaining(problem) as string });
    expect(written).toThrow('ENOENT');
  });

  it('does not mix clear text with a key', async () => {
    expect(await workplace.play(tokenExport, { file: 'out.xml', plain: true, keyFile: 'key' })).toMatchObject({
      status: 2,
    });
  });

  it('never writes over a file or through a link', async () => {
    writeFileSync(path('precious'), 'data');
    symlinkSync(path('precious'), path('out.xml'));
    for (const file of ['precious', 'out.xml']) {
      const played = await workplace.play(tokenExport, { file, plain: true });
      expect(played).toMatchObject({ status: 1, err: expect.stringContaining('already') as string });
    }
    expect(readFileSync(path('precious'), 'utf8')).toBe('data');
  });

  it('leaves disabled tokens out and says so', async () => {
    await workplace.play(tokenDisable, { serial: 'SN-1' });
    const played = await workplace.play(tokenExport, { file: 'out.xml', plain: true, json: true });
    expect(JSON.parse(played.out)).toEqual({ file: 'out.xml', tokens: 3, leftOut: 1, protection: 'plain' });
    expect(written()).not.toContain('SN-1');
  });

  it('writes the tokens of one user', async () => {
    await workplace.play(tokenExport, { file: 'out.xml', plain: true, user: 'ALICE' });
    expect(written().match(/<pskc:KeyPackage>/g)).toHaveLength(1);
    expect(await workplace.play(tokenExport, { file: 'b.xml', plain: true, user: 'nobody' })).toMatchObject({
      status: 1,
    });
  });
});
