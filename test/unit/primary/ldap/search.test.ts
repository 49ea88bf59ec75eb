import { describe, expect, it } from 'vitest';
import type { Connection, Found } from '../../../../src/primary/ldap/connection.ts';
import { anything } from '../../../../src/primary/ldap/filters.ts';
import { groupsOf, type GroupRules } from '../../../../src/primary/ldap/groups.ts';
import { Code, search, type Searching } from '../../../../src/primary/ldap/search.ts';

const NONE = Buffer.alloc(0);

function found(names: readonly string[], code = 0, more: Partial<Found> & { readonly cookie?: Buffer } = {}): Found {
  const { cookie = NONE, references = [] } = more;
  const entries = names.map((name) => ({ dn: `cn=${name}`, attributes: new Map([['cn', [Buffer.from(name)]]]) }));
  return { entries, references, result: { code, message: '', referrals: [], cookie } };
}

function searching(answer: Found, elsewhere?: Found): Searching {
  const connection = { search: () => Promise.resolve(answer) } as unknown as Connection;
  const target = {
    host: 'other.example.com',
    port: 636,
    security: 'tls',
    ca: undefined,
    serverName: undefined,
  } as const;
  const allow = () => ({ target, base: undefined });
  return { connection, deadlineMs: 1000, allow, ...(elsewhere && { follow: () => Promise.resolve(elsewhere) }) };
}

const referred = { references: ['ldaps://other.example.com/dc=other'] };
const partly = [
  ['its size limit', searching(found(['staff'], Code.sizeLimitExceeded))],
  ['the size limit of where it refers to', searching(found(['staff'], 0, referred), found(['more'], 4))],
  [
    'the first page of where it refers to',
    searching(found(['staff'], 0, referred), found(['more'], 0, { cookie: Buffer.from('2') })),
  ],
] as const;

describe('a search that brings a part of what there is', () => {
  const question = { base: '', scope: 'sub', filter: anything(), attributes: ['cn'], sizeLimit: 0 } as const;
  it.each(partly)('says so: by %s', async (_, asked) => {
    expect(await search(asked, question)).toMatchObject({ isMore: true });
  });

  it('says nothing of the kind where there is no more, here and elsewhere', async () => {
    const whole = await search(searching(found(['staff'], 0, referred), found(['more'])), question);
    expect(whole).toMatchObject({ isMore: false, cookie: undefined });
    expect(whole.places.map(({ entry }) => entry.dn)).toEqual(['cn=staff', 'cn=more']);
  });
});

describe('groups of a user', () => {
  const rules: GroupRules = {
    ...{ groups: 'in-chain', groupBaseDn: 'dc=example,dc=test', groupFilter: '(objectClass=group)' },
    ...{ maxGroups: 1000, maxGroupDepth: 10, pageSize: 500 },
  };
  const alice = { dn: 'cn=alice', attributes: new Map() };

  it.each(partly)('are an error, not a part of them, where a directory gives no more: by %s', async (_, asked) => {
    await expect(groupsOf(alice, rules, asked)).rejects.toMatchObject({ name: 'DirectoryError', code: 'refused' });
    await expect(groupsOf(alice, { ...rules, groups: 'walk' }, asked)).rejects.toMatchObject({ code: 'refused' });
  });
});
