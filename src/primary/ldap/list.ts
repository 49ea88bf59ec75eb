import type { LdapSyncConfig } from '../../config/index.ts';
import type { Person } from '../primary.ts';
import type { LdapDirectory } from './directory.ts';
import { dnKey } from './dn.ts';
import { textsOf } from './entry.ts';
import { DirectoryError } from './error.ts';
import { all, anything, enabledFilter, memberAttributes, memberInChainFilter, writtenFilter } from './filters.ts';
import { attributesOf, readPerson, type ReadPhone } from './person.ts';
import { Code, search, type Answer, type Searching } from './search.ts';

/** One page of people. */
export type PeoplePage = readonly Person[];

const NONE = Buffer.alloc(0);
// Groups within a group that is taken over.
const MAX_GROUPS = 1000;

/**
 * Everybody whom `sync` means, page by page (RFC 2696), in the order of the directory; without groups. In Active Directory
 * those whose account is disabled are left out. Throws `DirectoryError`: then nobody knows who is missing.
 */
export async function* listPeople(
  directory: LdapDirectory,
  sync: LdapSyncConfig,
  readPhone: ReadPhone,
): AsyncGenerator<PeoplePage> {
  const { options } = directory;
  const members = await directory.ask((searching) => membersOf(searching, directory, sync));
  let cookie: Buffer | undefined = NONE;
  while (cookie !== undefined) {
    const at: Buffer = cookie;
    const page: Answer = await directory.ask((searching) => readPage(searching, directory, { sync, cookie: at }));
    const people: Person[] = [];
    for (const { entry } of page.places) {
      if (members !== undefined && !members.has(dnKey(entry.dn))) continue;
      const person = await readPerson(entry, options, { source: options.name, groups: [], readPhone });
      if (person !== undefined) people.push(person);
    }
    yield people;
    cookie = page.cookie;
  }
}

async function readPage(
  searching: Searching,
  { options }: LdapDirectory,
  { sync, cookie }: { readonly sync: LdapSyncConfig; readonly cookie: Buffer },
): Promise<Answer> {
  const { userFilter, pageSize, baseDn, kind } = options;
  const isWalkedThere = sync.group !== undefined && options.groups === 'in-chain';
  const answer = await search(searching, {
    base: sync.ou ?? baseDn,
    scope: 'sub',
    filter: all([
      writtenFilter(userFilter),
      ...(sync.filter === undefined ? [] : [writtenFilter(sync.filter)]),
      ...(kind === 'active-directory' ? [enabledFilter()] : []),
      ...(isWalkedThere ? [memberInChainFilter(sync.group)] : []),
    ]),
    attributes: attributesOf(options),
    sizeLimit: 0,
    page: { size: pageSize, cookie },
  });
  // A part of the list would make the others seem gone.
  if (answer.isMore)
    throw new DirectoryError('refused', `the directory gives no more entries (result ${Code.sizeLimitExceeded})`);
  return answer;
}

/** DNs of those in the group and in groups within it; `undefined`: the directory is asked for them, or there is no group. */
async function membersOf(
  searching: Searching,
  { options }: LdapDirectory,
  { group }: LdapSyncConfig,
): Promise<ReadonlySet<string> | undefined> {
  if (group === undefined || options.groups === 'in-chain') return undefined;
  const members = new Set<string>();
  const groups = new Set([dnKey(group)]);
  const open = [group];
  for (let dn = open.pop(); dn !== undefined; dn = open.pop()) {
    for (const member of await readMembers(searching, dn, dn === group)) {
      members.add(dnKey(member));
      if (groups.has(dnKey(member)) || !(await isGroup(searching, member, options.groupFilter))) continue;
      if (groups.size >= MAX_GROUPS)
        throw new DirectoryError('refused', `there are more than ${MAX_GROUPS} groups within ${group}`);
      groups.add(dnKey(member));
      open.push(member);
    }
  }
  return members;
}

async function readMembers(searching: Searching, base: string, mustBe: boolean): Promise<string[]> {
  const question = { base, scope: 'base', filter: anything(), attributes: memberAttributes, sizeLimit: 1 } as const;
  const [place] = (await search(searching, question)).places;
  if (place === undefined && mustBe) throw new DirectoryError('refused', `the group ${base} does not exist`);
  return place === undefined ? [] : memberAttributes.flatMap((attribute) => textsOf(place.entry, attribute));
}

// A search for each member would be slow: what begins with `uid` or stands among the users is none.
async function isGroup(searching: Searching, base: string, groupFilter: string): Promise<boolean> {
  if (/^uid=/i.test(base)) return false;
  const question = { base, scope: 'base', attributes: ['1.1'], sizeLimit: 1 } as const;
  try {
    return (await search(searching, { ...question, filter: writtenFilter(groupFilter) })).places.length > 0;
  } catch (error) {
    // A member that is not there any more.
    if (error instanceof DirectoryError && error.code === 'refused') return false;
    throw error;
  }
}
