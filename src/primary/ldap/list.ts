import type { LdapSyncConfig } from '../../config/index.ts';
import type { Person } from '../primary.ts';
import type { LdapDirectory, LdapOptions } from './directory.ts';
import { dnKey } from './dn.ts';
import { allTextsOf, type DirectoryEntry } from './entry.ts';
import { DirectoryError } from './error.ts';
import { all, anything, enabledFilter, memberAttributes, membersFilter, writtenFilter } from './filters.ts';
import { attributesOf, readPerson, type ReadPhone } from './person.ts';
import { ridOf } from './primary-group.ts';
import { refusePart, search, type Answer, type Searching } from './search.ts';

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
    const asked = { sync, members, cookie: at };
    const page: Answer = await directory.ask((searching) => readPage(searching, directory, asked));
    const people: Person[] = [];
    for (const { entry } of page.places) {
      if (!isAmong(entry, members)) continue;
      const person = await readPerson(entry, options, { source: options.name, groups: [], readPhone });
      if (person !== undefined) people.push(person);
    }
    yield people;
    cookie = page.cookie;
  }
}

/** Who is in a group and in groups within it. */
type Members =
  | { readonly kind: 'walked'; readonly dns: ReadonlySet<string> }
  /** Active Directory looks itself. Who has one of these as primary group stands in no `member`. */
  | { readonly kind: 'asked'; readonly groupDn: string; readonly primaryRids: ReadonlySet<string> };

function isAmong({ dn }: DirectoryEntry, members: Members | undefined): boolean {
  return members?.kind !== 'walked' || members.dns.has(dnKey(dn));
}

async function readPage(
  searching: Searching,
  { options }: LdapDirectory,
  asked: { readonly sync: LdapSyncConfig; readonly members: Members | undefined; readonly cookie: Buffer },
): Promise<Answer> {
  const { userFilter, pageSize, baseDn, kind } = options;
  const { sync, members, cookie } = asked;
  const answer = await search(searching, {
    base: sync.ou ?? baseDn,
    scope: 'sub',
    filter: all([
      writtenFilter(userFilter),
      ...(sync.filter === undefined ? [] : [writtenFilter(sync.filter)]),
      ...(kind === 'active-directory' ? [enabledFilter()] : []),
      ...(members?.kind === 'asked' ? [membersFilter(members.groupDn, members.primaryRids)] : []),
    ]),
    attributes: attributesOf(options),
    sizeLimit: 0,
    page: { size: pageSize, cookie },
  });
  // Of a part, the others would seem gone.
  refusePart(answer);
  return answer;
}

async function membersOf(
  searching: Searching,
  { options }: LdapDirectory,
  { group }: LdapSyncConfig,
): Promise<Members | undefined> {
  if (group === undefined) return undefined;
  const head = await readGroup(searching, group);
  if (head === undefined) throw new DirectoryError('refused', `the group ${group} does not exist`);
  // A group of Active Directory may have more members than it tells at once.
  const isAsked = options.groups === 'in-chain' || options.kind === 'active-directory';
  if (!isAsked) return { kind: 'walked', dns: await walk(searching, head, options) };
  const within = await groupsWithin(searching, group, options);
  return {
    kind: 'asked',
    groupDn: group,
    primaryRids: new Set([head, ...within].flatMap((entry) => ridOf(entry) ?? [])),
  };
}

async function groupsWithin(searching: Searching, group: string, options: LdapOptions): Promise<DirectoryEntry[]> {
  const answer = await search(searching, {
    base: options.groupBaseDn,
    scope: 'sub',
    filter: all([writtenFilter(options.groupFilter), membersFilter(group, [])]),
    attributes: ['objectSid'],
    sizeLimit: MAX_GROUPS,
  });
  refusePart(answer);
  return answer.places.map(({ entry }) => entry);
}

async function walk(searching: Searching, head: DirectoryEntry, { groupFilter }: LdapOptions): Promise<Set<string>> {
  const members = new Set<string>();
  const groups = new Set([dnKey(head.dn)]);
  const open = [head];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    for (const member of memberDns(entry)) {
      members.add(dnKey(member));
      // A search for each member would be slow: what begins with `uid` is none.
      if (groups.has(dnKey(member)) || /^uid=/i.test(member)) continue;
      const within = await readGroup(searching, member, groupFilter);
      if (within === undefined) continue;
      if (groups.size >= MAX_GROUPS)
        throw new DirectoryError('refused', `there are more than ${MAX_GROUPS} groups within ${head.dn}`);
      groups.add(dnKey(member));
      open.push(within);
    }
  }
  return members;
}

function memberDns(group: DirectoryEntry): string[] {
  return memberAttributes.flatMap((attribute) => allTextsOf(group, attribute));
}

/** The group of that DN; `undefined` where there is none. */
async function readGroup(searching: Searching, base: string, filter?: string): Promise<DirectoryEntry | undefined> {
  const question = { base, scope: 'base', attributes: [...memberAttributes, 'objectSid'], sizeLimit: 1 } as const;
  try {
    const isGroup = filter === undefined ? anything() : writtenFilter(filter);
    return (await search(searching, { ...question, filter: isGroup })).places[0]?.entry;
  } catch (error) {
    // A member that is not there any more.
    if (error instanceof DirectoryError && error.code === 'refused') return undefined;
    throw error;
  }
}
