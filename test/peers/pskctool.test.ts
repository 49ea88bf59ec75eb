import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tokenExport } from '../../src/cli/token-export.ts';
import { tokenImport } from '../../src/cli/token-import.ts';
import { tokenResync } from '../../src/cli/token-resync.ts';
import { Workplace } from '../support/terminal.ts';
import { describeWithPeers, peerPath } from './presence.ts';

const csv = [
  'username,serial,secret,interval,digits,algorithm,type,counter',
  'alice,SN-1,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ,60,8,sha256,totp,',
  'bob,SN-2,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJR,30,6,sha1,hotp,41',
  '"o\'brien <&>, jr",SN & <3>,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJS,30,6,sha1,hotp,0',
].join('\n');
const figureOf = (number: number): string =>
  readFileSync(join(import.meta.dirname, `../vectors/rfc6030/figure${number}.xml`), 'utf8');
const key = '00112233445566778899aabbccddeeff';

describeWithPeers(['pskctool', 'oathtool', 'openssl'], 'PSKC between us and the OATH Toolkit', () => {
  let workplace: Workplace;
  const path = (name: string): string => join(workplace.folder, name);
  const read = (name: string): string => readFileSync(path(name), 'utf8');

  const pskctool = (option: string, file: string): string =>
    execFileSync(peerPath('pskctool'), [option, path(file)], { encoding: 'utf8' });

  /** The secret and counter of each key, as pskctool reads them. */
  const keysSeen = (file: string): Readonly<Record<string, string>>[] =>
    pskctool('--info', file)
      .split(/KeyPackage \d+:/)
      .slice(1)
      .map((part) => {
        const lines = [...part.matchAll(/^\s*(.+?): (.*)$/gm)];
        return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value] as const));
      });

  const oathtool = (secretBase64: string, options: readonly string[]): string => {
    const input = Buffer.from(secretBase64, 'base64').toString('hex');
    return execFileSync(peerPath('oathtool'), [...options, '-'], { input, encoding: 'utf8' }).trim();
  };

  beforeAll(async () => {
    workplace = new Workplace();
    workplace.write('tokens.csv', csv);
    workplace.write('key', key);
    workplace.write('password', 'correct horse battery');
    await workplace.play(tokenImport, { file: 'tokens.csv', createUsers: true });
    await workplace.play(tokenExport, { file: 'plain.xml', plain: true });
    await workplace.play(tokenExport, { file: 'key.xml', keyFile: 'key' });
    await workplace.play(tokenExport, { file: 'password.xml', passwordFile: 'password' });
  });

  afterAll(() => workplace.remove());

  it.each(['plain.xml', 'key.xml', 'password.xml'])('finds %s valid by the schema of RFC 6030', (file) => {
    expect(pskctool('--validate', file)).toContain('OK');
  });

  it('reads every token of our export in clear', () => {
    const keys = keysSeen('plain.xml');
    expect(keys).toMatchObject([
      { SerialNo: 'SN-1', Id: 'SN-1', 'Key User Id': 'UID=alice' },
      { SerialNo: 'SN-2', 'Key Counter': '41', 'Response Format Length': '6' },
      { SerialNo: 'SN & <3>' },
    ]);
    expect(keys.map((seen) => seen['Key Secret (base64)'])).toHaveLength(3);
  });

  it('reads no secret of our encrypted exports', () => {
    for (const file of ['key.xml', 'password.xml']) {
      const result = spawnSync(peerPath('pskctool'), ['--info', path(file)], { encoding: 'utf8' });
      expect(result.stdout).not.toContain('Key Secret');
    }
  });

  it('encrypts what openssl decrypts', () => {
    const [, value = ''] = /<pskc:Secret>.*?<xenc:CipherValue>(.*?)<\/xenc:CipherValue>/s.exec(read('key.xml')) ?? [];
    const octets = Buffer.from(value, 'base64');
    const options = ['enc', '-d', '-aes-128-cbc', '-K', key, '-iv', octets.subarray(0, 16).toString('hex')];
    const plain = execFileSync(peerPath('openssl'), options, { input: octets.subarray(16), encoding: 'utf8' });
    expect(plain).toBe('12345678901234567890');
  });

  it('hands over secrets that make the same passcodes: oathtool shows them, the resynchronisation knows them', async () => {
    const secret = keysSeen('plain.xml')[1]?.['Key Secret (base64)'] ?? '';
    const passcodes = oathtool(secret, ['--hotp', '--counter=500', '--window=1']);
    const played = await workplace.play(tokenResync, { serial: 'SN-2', passcodesStdin: true }, { stdin: passcodes });
    expect(played).toMatchObject({ status: 0, out: expect.stringContaining('next counter is 502') as string });
  });

  it('shows two passcodes of a clock that is ten minutes fast, and the resynchronisation finds by how much', async () => {
    const secret = keysSeen('plain.xml')[0]?.['Key Secret (base64)'] ?? '';
    const now = new Date(Date.now() + 600_000).toISOString().replace('T', ' ').slice(0, 19);
    const options = ['--totp=sha256', '--digits=8', '--time-step-size=60s', `--now=${now} UTC`, '--window=1'];
    const stdin = oathtool(secret, options);
    expect(stdin).toMatch(/^\d{8}\n\d{8}$/);
    const played = await workplace.play(tokenResync, { serial: 'SN-1', passcodesStdin: true }, { stdin });
    expect(played).toMatchObject({ status: 0 });
    expect(played.out).toMatch(/is about (600|660) s fast/);
  });

  it.each([
    [3, {}, ''],
    [6, { keyFile: 'secret' }, '12345678901234567890123456789012'],
    [7, { passwordFile: 'secret' }, 'qwerty'],
  ] as const)(
    'sees in figure %i of RFC 6030 the token that we import, whose secret it reads in figure 3',
    async (number, how, secret) => {
      const other = new Workplace();
      try {
        const [figure, clear] = [figureOf(number), figureOf(3)];
        workplace.write('figure.xml', figure);
        workplace.write('clear.xml', clear);
        const secretInClear = keysSeen('clear.xml')[0]?.['Key Secret (base64)'] ?? '';
        expect(keysSeen('figure.xml')[0]).toMatchObject({ SerialNo: '987654321', 'Response Format Length': '8' });
        for (const [name, text] of Object.entries({ 'figure.xml': figure, secret, 'who.csv': 'alice,987654321' }))
          other.write(name, text);
        const file = { file: 'figure.xml', assign: 'who.csv', createUsers: true, ...how };
        expect(await other.play(tokenImport, file)).toMatchObject({ status: 0 });
        const passcodes = ['--hotp', '--digits=8', '--counter=70', '--window=1'];
        const stdin = oathtool(secretInClear, passcodes);
        const played = await other.play(tokenResync, { serial: '987654321', passcodesStdin: true }, { stdin });
        expect(played).toMatchObject({ status: 0, out: expect.stringContaining('next counter is 72') as string });
      } finally {
        other.remove();
      }
    },
  );
});
