import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/index.ts';
import type { LoadResult, SecretSources } from '../../../src/config/index.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { bareSources, soundExcept } from '../../support/config-text.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const random = createSystemRandom();

function load(secret: string, sources: Partial<SecretSources> = {}, extra = ''): LoadResult {
  const text = soundExcept('secret: sixteen-octets-and-more', `secret: ${secret}`) + extra;
  return parseConfig(text, join(folder, 'sallyport.yaml'), { ...bareSources, ...sources });
}

function revealed(result: LoadResult): string {
  if (result.kind === 'invalid') throw new Error(messages(result).join('\n'));
  return result.config.clients[0]!.secret.reveal().toString('latin1');
}

function messages(result: LoadResult): string[] {
  const problems = result.kind === 'loaded' ? result.warnings : result.problems;
  return problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('a secret in the environment', () => {
  it('is read by its name', () => {
    expect(revealed(load('{ env: VPN_SECRET }', { env: { VPN_SECRET: 'long-enough-secret' } }))).toBe(
      'long-enough-secret',
    );
  });

  it('is missed when it is not set, and when it is empty', () => {
    expect(messages(load('{ env: VPN_SECRET }'))).toEqual([
      'clients[0].secret: the environment variable VPN_SECRET is not set',
    ]);
    expect(messages(load('{ env: VPN_SECRET }', { env: { VPN_SECRET: '' } }))).toEqual([
      'clients[0].secret: the environment variable VPN_SECRET is empty',
    ]);
  });

  it('is not repeated where the secret itself was written in place of a name', () => {
    expect(messages(load('{ env: hunter2-hunter2-hunter2 }'))).toEqual([
      'clients[0].secret: env takes the name of an environment variable: letters, digits and _',
    ]);
  });

  it('is refused when it is longer than any RADIUS packet', () => {
    expect(messages(load('{ env: LONG }', { env: { LONG: 'x'.repeat(4097) } }))).toEqual([
      'clients[0].secret: is longer than 4096 octets',
    ]);
  });
});

describe('a secret in a file', () => {
  it.each([
    { about: 'without a line end', text: 'long-enough-secret' },
    { about: 'with one', text: 'long-enough-secret\n' },
    { about: 'with one of Windows', text: 'long-enough-secret\r\n' },
  ])('is read $about', ({ text }) => {
    writeFileSync(join(folder, 'vpn.secret'), text, { mode: 0o600 });
    const result = load('{ file: vpn.secret }');
    expect(revealed(result)).toBe('long-enough-secret');
    expect(messages(result)).toEqual([]);
  });

  it('keeps octets that are not text, and all line ends but the last', () => {
    writeFileSync(join(folder, 'vpn.secret'), Buffer.from('\xff\x00 long enough secret\n\n', 'latin1'), {
      mode: 0o600,
    });
    expect(revealed(load('{ file: vpn.secret }'))).toBe('\xff\x00 long enough secret\n');
  });

  it('is a problem when the file is missing, empty, a folder or too long', () => {
    const file = join(folder, 'vpn.secret');
    expect(messages(load('{ file: vpn.secret }'))).toEqual([
      `clients[0].secret: the file ${file} cannot be read: it does not exist`,
    ]);
    writeFileSync(file, '\n');
    expect(messages(load('{ file: vpn.secret }'))).toEqual([`clients[0].secret: the file ${file} is empty`]);
    writeFileSync(file, 'x'.repeat(5000));
    expect(messages(load('{ file: vpn.secret }'))).toEqual([
      `clients[0].secret: the file ${file} is too long for a secret`,
    ]);
    mkdirSync(join(folder, 'secrets.d'));
    expect(messages(load('{ file: secrets.d }'))[0]).toMatch(/it is a folder|too long/);
  });

  it('is worth a warning when everyone may read it', () => {
    const file = join(folder, 'vpn.secret');
    writeFileSync(file, 'long-enough-secret\n', { mode: 0o644 });
    expect(messages(load('{ file: vpn.secret }'))).toEqual([
      `clients[0].secret: every user of this machine may read the file ${file}: take their right away (chmod o= ${file})`,
    ]);
  });
});

describe('an encrypted secret', () => {
  it('is opened with what is handed in, which is told the data folder', () => {
    const opened: string[] = [];
    const decrypt: SecretSources['decrypt'] = (text, { dataDir }) => {
      opened.push(text, dataDir);
      return Secret.fromText('long-enough-secret');
    };
    expect(revealed(load('{ encrypted: abc }', { decrypt }))).toBe('long-enough-secret');
    expect(opened).toEqual(['abc', join(folder, 'data')]);
  });

  it('is a problem when it does not open', () => {
    const decrypt = () => {
      throw new Error('It was sealed with another master key.');
    };
    expect(messages(load('{ encrypted: abc }', { decrypt }))).toEqual([
      'clients[0].secret: cannot be opened: It was sealed with another master key',
    ]);
  });

  it('is a problem when nothing can open it, and when nothing is in it', () => {
    expect(messages(load('{ encrypted: abc }'))).toEqual([
      'clients[0].secret: cannot be opened here: no master key is at hand',
    ]);
    expect(messages(load('{ encrypted: abc }', { decrypt: () => Secret.fromText('') }))).toEqual([
      'clients[0].secret: is empty once opened',
    ]);
  });
});

describe('a generated secret', () => {
  const file = () => join(folder, 'data', 'vpn.secret');

  it('is made once, for its owner alone, and told', () => {
    const first = load('{ generate: vpn.secret }', { random });
    expect(first).toMatchObject({ generated: [{ path: 'clients[0].secret', file: file() }] });
    expect(revealed(first)).toMatch(/^[\w-]{32}$/);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    const second = load('{ generate: vpn.secret }', { random });
    expect(second).toMatchObject({ generated: [] });
    expect(revealed(second)).toBe(revealed(first));
    expect(messages(second)).toEqual([]);
  });

  it('differs from machine to machine', () => {
    const first = revealed(load('{ generate: a.secret }', { random }));
    expect(revealed(load('{ generate: b.secret }', { random }))).not.toBe(first);
  });

  it('is only announced where none may be made', () => {
    const result = load('{ generate: vpn.secret }');
    expect(messages(result)).toEqual([
      `clients[0].secret: the file ${file()} is not there yet: the first start of \`serve\` makes it`,
    ]);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('is not made while anything else in the file is wrong', () => {
    expect(load('{ generate: vpn.secret }', { random }, 'extra: 1\n').kind).toBe('invalid');
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('is a problem when its folder cannot be made', () => {
    writeFileSync(join(folder, 'data'), 'in the way');
    expect(messages(load('{ generate: vpn.secret }', { random }))[0]).toContain('cannot be made');
  });

  it('stays as the administrator has written it', () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(file(), 'chosen-by-the-administrator\n');
    chmodSync(file(), 0o600);
    expect(revealed(load('{ generate: vpn.secret }', { random }))).toBe('chosen-by-the-administrator');
    expect(readFileSync(file(), 'utf8')).toBe('chosen-by-the-administrator\n');
  });
});
