import { BerWriter } from 'ldapts';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../../src/primary/ldap/connection.ts';
import type { DirectoryEntry } from '../../../../src/primary/ldap/entry.ts';
import { groupsOf, type GroupRules } from '../../../../src/primary/ldap/groups.ts';
import { decodeMessage } from '../../../../src/primary/ldap/messages.ts';

const SEQUENCE = 0x30;
const SET = 0x31;
const SEARCH_ENTRY = 0x64;

function received(type: string, ...values: readonly string[]): DirectoryEntry {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(7);
  writer.startSequence(SEARCH_ENTRY);
  writer.writeString('cn=alice');
  writer.startSequence(SEQUENCE);
  writer.startSequence(SEQUENCE);
  writer.writeString(type);
  writer.startSequence(SET);
  for (const value of values) writer.writeString(value);
  for (let open = 0; open < 5; open += 1) writer.endSequence();
  const message = decodeMessage(writer.buffer);
  if (message.kind !== 'entry') throw new Error(message.kind);
  return message.entry;
}

const rules: GroupRules = {
  ...{ groups: 'memberOf', groupBaseDn: 'dc=example,dc=test', groupFilter: '(objectClass=group)' },
  ...{ maxGroups: 10_000, maxGroupDepth: 10, pageSize: 500 },
};
const searching = { connection: {} as unknown as Connection, deadlineMs: 1000, allow: () => undefined };

// MS-ADTS §3.1.1.3.1.3.3: of many values Active Directory tells some, and says which.
describe('the groups in an entry', () => {
  it.each(['memberOf', 'memberOf;range=0-*'])('are read from %s', async (type) => {
    expect(await groupsOf(received(type, 'cn=staff'), rules, searching)).toEqual([{ dn: 'cn=staff', name: 'staff' }]);
  });

  it('are an error where the entry tells a part of them', async () => {
    const part = received('memberOf;range=0-1499', 'cn=staff');
    await expect(groupsOf(part, rules, searching)).rejects.toMatchObject({ name: 'DirectoryError', code: 'refused' });
  });
});
