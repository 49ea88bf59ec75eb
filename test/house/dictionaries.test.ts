import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDictionary } from '../../src/radius/dictionary/index.ts';

const folder = join(import.meta.dirname, '../../dictionaries');
const dictionary = loadDictionary(folder);
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== 'dictionary' && entry.name !== 'dictionary.local')
  .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

function textOf(file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}

test('every file is included', () => {
  const included = [...textOf('dictionary').matchAll(/^\$INCLUDE (\S+)$/gm)].map((match) => match[1]);
  expect(included.toSorted()).toEqual(files.toSorted());
});

test.each(files)('%s says where its numbers come from', (file) => {
  expect(textOf(file).split('\n', 4).join('\n')).toMatch(/^# \S.*\n# Source: \S/);
});

test.each(files)('%s has lines of 120 characters at most', (file) => {
  expect(
    textOf(file)
      .split('\n')
      .filter((line) => line.length > 120),
  ).toEqual([]);
});

test('every vendor has attributes, of numbers that fit its format', () => {
  const owners = new Set([...dictionary.attributes()].map(({ vendorId }) => vendorId));
  expect([...dictionary.vendors()].filter(({ id }) => !owners.has(id))).toEqual([]);
});

test('two names for one number are a choice, made here', () => {
  const names = new Map<string, string[]>();
  for (const { name, path } of dictionary.attributes()) names.set(path, [...(names.get(path) ?? []), name]);
  const shared = [...names.values()].filter((list) => list.length > 1);
  expect(shared).toEqual([['MS-TSG-Device-Redirection', 'MS-RDG-Device-Redirection']]);
});

describe('numbers of the RFCs', () => {
  test.each([
    ['User-Name', '1', 'RFC 2865 §5.1'],
    ['User-Password', '2', 'RFC 2865 §5.2'],
    ['State', '24', 'RFC 2865 §5.24'],
    ['Proxy-State', '33', 'RFC 2865 §5.33'],
    ['Acct-Status-Type', '40', 'RFC 2866 §5.1'],
    ['Event-Timestamp', '55', 'RFC 2869 §5.3'],
    ['Tunnel-Password', '69', 'RFC 2868 §3.5'],
    ['Prompt', '76', 'RFC 2869 §5.10'],
    ['EAP-Message', '79', 'RFC 2869 §5.13'],
    ['Message-Authenticator', '80', 'RFC 2869 §5.14'],
    ['NAS-IPv6-Address', '95', 'RFC 3162 §2.1'],
    ['Error-Cause', '101', 'RFC 5176 §3.5'],
    ['Digest-Response', '103', 'RFC 5090 §3.1'],
    ['Delegated-IPv6-Prefix', '123', 'RFC 4818 §3'],
    ['Framed-IPv6-Address', '168', 'RFC 6911 §3.1'],
    ['MS-CHAP2-Success', '26.311.26', 'RFC 2548 §2.3.3'],
    ['MS-MPPE-Recv-Key', '26.311.17', 'RFC 2548 §2.4.3'],
    ['MS-Network-Access-Server-Type', '26.311.47', '[MS-RNAP]'],
    ['MS-Machine-Name', '26.311.50', '[MS-RNAP]'],
    ['MS-RDG-Device-Redirection', '26.311.63', '[MS-RNAP]'],
  ])('%s is %s (%s)', (name, path) => {
    expect(dictionary.attribute(name)?.path).toBe(path);
  });

  test('hidden ones are marked as the RFC hides them', () => {
    const marked = (name: string) => dictionary.attribute(name)?.encryption;
    expect(marked('User-Password')).toBe('user-password');
    expect(['Tunnel-Password', 'MS-MPPE-Send-Key', 'MS-MPPE-Recv-Key'].map(marked)).toEqual(
      new Array(3).fill('tunnel-password'),
    );
    expect(marked('Ascend-Send-Secret')).toBe('ascend-secret');
  });
});
