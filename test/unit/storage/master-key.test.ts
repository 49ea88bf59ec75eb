import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { loadMasterKey } from '../../../src/storage/index.ts';
import type { MasterKeySource } from '../../../src/storage/index.ts';
import { temporaryFolder } from './sqlite-store.ts';

const octets = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7));

describe('the master key', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let file: string;
  beforeEach(() => {
    folder = temporaryFolder();
    file = join(folder.path, 'data', 'master.key');
  });
  afterEach(() => folder.remove());

  const load = (source: Partial<MasterKeySource> = {}) =>
    loadMasterKey({ file, random: createSystemRandom(), mayCreate: false, ...source });
  const put = (text: string, mode = 0o600): void => {
    load({ mayCreate: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  };

  it('is made at the first start, readable by its owner only, and is the same from then on', () => {
    const made = load({ mayCreate: true });
    expect(made).toMatchObject({ origin: 'created' });
    expect(made.key.length).toBe(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, 'data')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder.path, 'data'))).toEqual(['master.key']);
    const again = load({ mayCreate: true });
    expect(again.origin).toBe('file');
    expect(again.key.reveal()).toEqual(made.key.reveal());
  });

  it('is another one at every first start', () => {
    const first = load({ mayCreate: true }).key.reveal();
    const second = load({ mayCreate: true, file: `${file}-2` }).key.reveal();
    expect(second.equals(first)).toBe(false);
  });

  it('is not made anew where a database needs the old one', () => {
    expect(() => load()).toThrow(expect.objectContaining({ code: 'master-key-missing' }));
    expect(existsSync(file)).toBe(false);
  });

  it.each(['base64', 'base64url', 'hex'] as const)(
    'is read from the environment as %s, before the file',
    (encoding) => {
      put('nonsense');
      const loaded = load({ environmentValue: octets.toString(encoding) });
      expect(loaded.origin).toBe('environment');
      expect(loaded.key.reveal()).toEqual(octets);
    },
  );

  it('is read from a file with a line end', () => {
    put(`${octets.toString('hex').toUpperCase()}\r\n`);
    expect(load().key.reveal()).toEqual(octets);
  });

  it.each([0o640, 0o604, 0o660, 0o644, 0o620])('is refused in a file of mode %o', (mode) => {
    put(octets.toString('base64'), mode);
    expect(() => load()).toThrow(expect.objectContaining({ code: 'master-key-exposed' }));
  });

  it.each([
    ['empty', ''],
    ['too short', octets.subarray(1).toString('base64')],
    ['too long', Buffer.concat([octets, octets]).toString('base64')],
    ['an odd number of digits', octets.toString('hex').slice(1)],
    ['a password', 'correct horse battery staple'],
  ])('is refused when it is %s', (_, text) => {
    put(text);
    expect(() => load()).toThrow(expect.objectContaining({ code: 'master-key-invalid' }));
    if (text !== '') {
      expect(() => load({ environmentValue: text })).toThrow(expect.objectContaining({ code: 'master-key-invalid' }));
    }
  });

  it('never stands in an error', () => {
    const text = octets.subarray(1).toString('base64');
    put(text);
    let message = '';
    try {
      load();
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(file);
    expect(message).not.toContain(text.slice(0, 8));
  });

  it('is refused where its file cannot be made', () => {
    writeFileSync(join(folder.path, 'plain'), '');
    const source = { mayCreate: true, file: join(folder.path, 'plain', 'master.key') };
    expect(() => load(source)).toThrow(expect.objectContaining({ name: 'StorageError' }));
    expect(readFileSync(join(folder.path, 'plain'), 'utf8')).toBe('');
  });
});
