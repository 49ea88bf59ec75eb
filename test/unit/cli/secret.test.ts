import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireConfiguration } from '../../../src/cli/configuration.ts';
import { runSecretEncrypt } from '../../../src/cli/secret.ts';
import { captureIo } from '../../support/captured-io.ts';
import type { CapturedIoOptions } from '../../support/captured-io.ts';
import { soundConfig, soundExcept } from '../../support/config-text.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-secret-'));
  writeConfig(soundConfig);
});
afterEach(() => rmSync(folder, { recursive: true }));

const SECRET = 'the-secret-of-the-vpn';
const args = { config: 'sallyport.yaml' };

function writeConfig(text: string): void {
  writeFileSync(join(folder, 'sallyport.yaml'), text, { mode: 0o600 });
}

async function encrypt(options: CapturedIoOptions = {}) {
  const io = captureIo({ input: `${SECRET}\n`, cwd: folder, ...options });
  return { status: await runSecretEncrypt(args, io), io };
}

function secretOf(value: string, options: CapturedIoOptions = {}): string | undefined {
  writeConfig(soundExcept('secret: sixteen-octets-and-more', `secret: ${value}`));
  const config = requireConfiguration(args, captureIo({ cwd: folder, ...options }));
  return config?.clients[0]!.secret.reveal().toString();
}

describe('secret encrypt', () => {
  it('prints what the configuration can be given instead of the secret', async () => {
    const { status, io } = await encrypt();
    expect(status).toBe(0);
    expect(io.shown).toMatch(/^\{ encrypted: [\w-]+ \}\n$/);
    expect(io.shown + io.complained).not.toContain(SECRET);
    expect(secretOf(io.shown)).toBe(SECRET);
  });

  it('seals the same secret differently each time', async () => {
    const first = await encrypt();
    expect((await encrypt()).io.shown).not.toBe(first.io.shown);
  });

  it('makes the master key before the first start and says so', async () => {
    const { io } = await encrypt();
    const file = join(folder, 'data', 'master.key');
    expect(io.complained).toContain(`A master key was made in ${file}`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await encrypt()).io.complained).toBe('');
  });

  it('takes the master key of the environment and leaves no file', async () => {
    const env = { SALLYPORT_MASTER_KEY: 'ab'.repeat(32) };
    const { io } = await encrypt({ env });
    expect(() => readFileSync(join(folder, 'data', 'master.key'))).toThrow('ENOENT');
    expect(secretOf(io.shown, { env })).toBe(SECRET);
  });

  it('makes no new key where a database needs the one that is missing', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'sallyport.db'), 'a database');
    const { status, io } = await encrypt();
    expect(status).toBe(1);
    expect(io.complained).toContain('no master key');
    expect(io.shown).toBe('');
  });

  it('works while the configuration still lacks the secret', async () => {
    writeConfig(soundExcept('secret: sixteen-octets-and-more', 'secret:'));
    expect((await encrypt()).status).toBe(0);
  });

  it.each([
    { about: 'nothing', input: '' },
    { about: 'an empty line', input: '\n' },
    { about: 'more than 4096 octets', input: 'x'.repeat(5000) },
  ])('refuses $about as bad usage', async ({ input }) => {
    const { status, io } = await encrypt({ input });
    expect(status).toBe(2);
    expect(io.complained).toContain('No secret was given');
    expect(io.shown).toBe('');
  });

  it('refuses a configuration that does not say where the data is', async () => {
    writeConfig('server: { dataDir: 5 }\n');
    expect((await encrypt()).status).toBe(2);
    rmSync(join(folder, 'sallyport.yaml'));
    expect((await encrypt()).status).toBe(2);
  });
});

describe('an encrypted secret', () => {
  it('does not open under another master key', async () => {
    const { io } = await encrypt({ env: { SALLYPORT_MASTER_KEY: 'ab'.repeat(32) } });
    expect(secretOf(io.shown, { env: { SALLYPORT_MASTER_KEY: 'cd'.repeat(32) } })).toBeUndefined();
  });

  it('does not open when a character was changed', async () => {
    const { io } = await encrypt();
    const at = io.shown.length - 12;
    const other = io.shown[at] === 'A' ? 'B' : 'A';
    expect(secretOf(io.shown.slice(0, at) + other + io.shown.slice(at + 1))).toBeUndefined();
  });
});
