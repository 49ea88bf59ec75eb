import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configFiles, loadConfig } from '../../src/config/index.ts';
import { bareSources } from '../support/config-text.ts';
import { blocks, links, readManual } from './manual.ts';

const folder = join(import.meta.dirname, '../../config');
const shipped = join(folder, 'sallyport.yaml');

describe('the files made from the schema', () => {
  it.each(Object.entries(configFiles()))('%s is current (npm run docs)', (name, text) => {
    expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  });

  it('describe every key', () => {
    expect(undescribed(JSON.parse(configFiles()['schema.json']) as Described, '')).toEqual([]);
  });
});

describe('the shipped configuration', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'sallyport-shipped-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('is valid, keeps to loopback and asks for a second factor', () => {
    const result = loadConfig(shipped, bareSources);
    if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problems, null, 2));
    const { server, clients, console, policies } = result.config;
    expect(server.listen).toEqual([{ protocol: 'udp', address: '127.0.0.1', port: 1812 }]);
    expect(server.dataDir).toBe(join(folder, '../data'));
    expect(clients).toMatchObject([{ name: 'loopback', primary: ['local'], messageAuthenticator: 'required' }]);
    expect(console).toMatchObject({ address: '127.0.0.1', port: 8812 });
    expect(policies['default']).toMatchObject({ factors: ['totp', 'hotp'], unenrolled: 'deny', unavailable: 'deny' });
  });

  it('holds examples that are valid once their # is taken away', () => {
    const text = readFileSync(shipped, 'utf8');
    const examples = text.replace(/^#(?= {2})/gm, '');
    expect(examples).not.toBe(text);
    for (const name of ['vpn.secret', 'nps.secret']) {
      writeFileSync(join(scratch, name), 'a-secret-of-enough-octets\n', { mode: 0o600 });
    }
    const file = join(scratch, 'sallyport.yaml');
    writeFileSync(file, examples, { mode: 0o600 });
    const result = loadConfig(file, bareSources);
    expect(result.kind === 'invalid' ? result.problems : result.config.clients.map(({ name }) => name)).toEqual([
      'loopback',
      'vpn',
    ]);
  });

  it('names the schema that editors check it by', () => {
    expect(readFileSync(shipped, 'utf8').split('\n')[0]).toBe('# yaml-language-server: $schema=./schema.json');
  });
});

describe('the page of a NAS', () => {
  const pages = Object.keys(configFiles()).filter((name) => name.startsWith('nas/'));
  const names = pages.filter((name) => name !== 'nas/README.md');
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'sallyport-nas-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('is there for each profile, and for nothing else', () => {
    expect(readdirSync(join(folder, 'nas')).toSorted()).toEqual(pages.map((name) => name.slice(4)).toSorted());
  });

  it.each(names)('%s has a client block that is valid and leaves nothing to warn about', (name) => {
    const [block] = blocks(readManual(`config/${name}`), 'yaml');
    const profile = name.slice('nas/'.length, -'.md'.length);
    writeFileSync(join(scratch, `${profile}.secret`), 'a-secret-of-enough-octets', { mode: 0o600 });
    const file = join(scratch, `${profile}.yaml`);
    writeFileSync(file, `${block}${REST}`, { mode: 0o600 });
    const result = loadConfig(file, bareSources);
    if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problems, null, 2));
    expect(result.config.clients[0]).toMatchObject({ name: profile, profile, messageAuthenticator: 'required' });
    expect(result.warnings.filter(({ path }) => path.startsWith('clients[0]') && !path.endsWith('address'))).toEqual(
      [],
    );
  });

  it.each(pages)('%s leads to pages that are there', (name) => {
    const known = [...pages, 'reference.md'].map((page) => `config/${page}`);
    expect(links(readManual(`config/${name}`)).filter(({ file }) => !known.includes(file))).toEqual([]);
  });
});

// What a client block needs to be whole.
const REST = `primaries:
  local: { type: local }
  gateway: { type: none }
policies:
  default: { factors: [push, totp] }
factors:
  push: { app: {} }
console: { publicUrl: https://sallyport.example.com }
`;

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly additionalProperties?: Described | boolean;
  readonly anyOf?: readonly Described[];
  readonly oneOf?: readonly Described[];
}

function undescribed(schema: Described, path: string): string[] {
  const { properties = {}, items, additionalProperties, anyOf = [], oneOf = [] } = schema;
  const own = Object.entries(properties).flatMap(([key, property]) => [
    ...(property.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(property, `${path}.${key}`),
  ]);
  const inner = [...anyOf, ...oneOf, ...(items === undefined ? [] : [items])];
  const entries = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  return [...own, ...[...inner, ...entries].flatMap((part) => undescribed(part, path))];
}
