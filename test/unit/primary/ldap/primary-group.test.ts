import { describe, expect, it } from 'vitest';
import type { Connection, Found } from '../../../../src/primary/ldap/connection.ts';
import type { DirectoryEntry } from '../../../../src/primary/ldap/entry.ts';
import { groupsOf, type GroupRules, type PrimaryGroups } from '../../../../src/primary/ldap/groups.ts';
import type { SearchQuestion } from '../../../../src/primary/ldap/messages.ts';
import { primaryGroupSid, ridOf } from '../../../../src/primary/ldap/primary-group.ts';

// S-1-5-21-1-2-4294967295-1105: the account's own.
const SID = Buffer.from('010500000000000515000000' + '01000000' + '02000000' + 'ffffffff' + '51040000', 'hex');
const rules: GroupRules = {
  ...{ groups: 'in-chain', groupBaseDn: 'dc=example,dc=test', groupFilter: '(objectClass=group)' },
  ...{ maxGroups: 1000, maxGroupDepth: 10, pageSize: 500 },
};

function entry(attributes: Readonly<Record<string, Buffer | string>>, dn = 'cn=alice'): DirectoryEntry {
  const pairs = Object.entries(attributes).map(([name, value]) => [name, [Buffer.from(value)]] as const);
  return { dn, attributes: new Map(pairs) };
}

describe('the primary group of an entry', () => {
  it('has the SID of the entry with another last part', () => {
    const alice = entry({ objectsid: SID, primarygroupid: '513' });
    expect(primaryGroupSid(alice)).toBe('S-1-5-21-1-2-4294967295-513');
    expect(ridOf(alice)).toBe('1105');
  });

  it.each([
    ['no number', '513)(a=b'],
    ['too large a number', '4294967296'],
    ['no text', ''],
  ])('is none where the attribute is %s', (_, primarygroupid) => {
    expect(primaryGroupSid(entry({ objectsid: SID, primarygroupid }))).toBeUndefined();
  });

  it.each([
    ['short', SID.subarray(0, 27)],
    ['long', Buffer.concat([SID, Buffer.alloc(4)])],
    ['empty', Buffer.alloc(0)],
    ['of another revision', Buffer.from([2, ...SID.subarray(1)])],
    ['without parts', Buffer.from([1, 0, ...SID.subarray(2, 8)])],
    ['text', Buffer.from('S-1-5-21-1-2-3-1105')],
  ])('is none where the SID is %s', (_, objectsid) => {
    expect(primaryGroupSid(entry({ objectsid, primarygroupid: '513' }))).toBeUndefined();
  });

  it('costs two questions the first time, none as long as it is known', async () => {
    const asked: SearchQuestion[] = [];
    const users = entry({ cn: 'Domain Users' }, 'cn=Domain Users');
    const answer = (entries: readonly DirectoryEntry[], code = 0): Found => {
      return { entries, references: [], result: { code, message: '', referrals: [], cookie: Buffer.alloc(0) } };
    };
    const search = (question: SearchQuestion): Promise<Found> => {
      asked.push(question);
      return Promise.resolve(answer(asked.length === 1 ? [] : [users]));
    };
    const searching = { connection: { search } as unknown as Connection, deadlineMs: 1000, allow: () => undefined };
    const known: PrimaryGroups = new Map();
    const alice = entry({ objectsid: SID, primarygroupid: '513' });
    const found = await groupsOf(alice, rules, searching, known);
    expect(found).toEqual([{ dn: 'cn=Domain Users', name: 'Domain Users' }]);
    expect(asked.map(({ base }) => base).toSorted()).toEqual([
      '<SID=S-1-5-21-1-2-4294967295-513>',
      'dc=example,dc=test',
      'dc=example,dc=test',
    ]);
    await groupsOf(alice, rules, searching, known);
    expect(asked).toHaveLength(4);
  });
});
