import type { LdapPrimaryConfig } from '../../config/index.ts';
import type { Person } from '../primary.ts';
import { dnKey } from './dn.ts';
import { allTextsOf, textOf, type DirectoryEntry } from './entry.ts';
import { DirectoryError } from './error.ts';
import { all, inChainFilter, parentsFilter, selfFilter, selfOrInChainFilter, writtenFilter } from './filters.ts';
import { groupName } from './person.ts';
import { findBySid, primaryGroupSid } from './primary-group.ts';
import { refusePart, search, type Searching } from './search.ts';

/** How groups are found. */
export type GroupRules = Pick<
  LdapPrimaryConfig,
  'groups' | 'groupBaseDn' | 'groupFilter' | 'maxGroups' | 'maxGroupDepth' | 'pageSize'
>;

type Group = Person['groups'][number];

/** The groups that come with a primary group, by its SID: many users have the same. */
export interface PrimaryGroups {
  get(sid: string): readonly Group[] | undefined;
  set(sid: string, groups: readonly Group[]): unknown;
}

const NAME = 'cn';
// Parents of so many groups at once: filters have to stay short.
const MAX_ASKED_FOR = 50;
const NONE = Buffer.alloc(0);

/**
 * The groups of an entry, with its primary group and those that one is in. More than the limits allow are an error, not a part of them: a rule may be about the one
 * that is missing.
 */
export async function groupsOf(
  entry: DirectoryEntry,
  rules: GroupRules,
  searching: Searching,
  known: PrimaryGroups = new Map(),
): Promise<Group[]> {
  if (rules.groups === 'none') return [];
  const found = await Promise.all([ownGroups(entry, rules, searching), primaryGroups(entry, rules, searching, known)]);
  return bounded([...new Map(found.flat().map((group) => [dnKey(group.dn), group])).values()], rules);
}

async function ownGroups(entry: DirectoryEntry, rules: GroupRules, searching: Searching): Promise<Group[]> {
  switch (rules.groups) {
    case 'none':
      return [];
    case 'memberOf':
      return allTextsOf(entry, 'memberOf').map((dn) => ({ dn, name: groupName(dn) }));
    case 'in-chain':
      return groupsThat(inChainFilter(entry.dn), rules, searching);
    case 'walk':
      return walk(entry.dn, rules, searching);
  }
}

async function primaryGroups(
  entry: DirectoryEntry,
  rules: GroupRules,
  searching: Searching,
  known: PrimaryGroups,
): Promise<readonly Group[]> {
  const sid = primaryGroupSid(entry);
  const kept = sid === undefined ? [] : known.get(sid);
  if (sid === undefined || kept !== undefined) return kept ?? [];
  const group = await findBySid(sid, searching);
  const groups = group === undefined ? [] : await withItsGroups(group, rules, searching);
  known.set(sid, groups);
  return groups;
}

// As if it stood in the user's own: what `groupBaseDn` and `groupFilter` leave out does not count.
async function withItsGroups(
  { dn, ...entry }: DirectoryEntry,
  rules: GroupRules,
  searching: Searching,
): Promise<Group[]> {
  switch (rules.groups) {
    case 'none':
      return [];
    case 'memberOf':
      return [{ dn, name: textOf({ dn, ...entry }, NAME) ?? groupName(dn) }];
    case 'in-chain':
      return groupsThat(selfOrInChainFilter(dn), rules, searching);
    case 'walk': {
      const self = await groupsThat(selfFilter(dn), rules, searching);
      return self.length === 0 ? [] : [...self, ...(await walk(dn, rules, searching))];
    }
  }
}

async function walk(userDn: string, rules: GroupRules, searching: Searching): Promise<Group[]> {
  const known = new Map<string, Group>();
  let level = [userDn];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === rules.maxGroupDepth) throw new DirectoryError('refused', tooDeep(rules));
    const parents = await parentsOf(level, rules, searching);
    // A cycle ends here: what is known is not asked for again.
    const fresh = parents.filter(({ dn }) => !known.has(dnKey(dn)));
    for (const group of fresh) known.set(dnKey(group.dn), group);
    bounded([...known.values()], rules);
    level = fresh.map(({ dn }) => dn);
  }
  return [...known.values()];
}

async function parentsOf(dns: readonly string[], rules: GroupRules, searching: Searching): Promise<Group[]> {
  const found: Group[] = [];
  for (let at = 0; at < dns.length; at += MAX_ASKED_FOR) {
    found.push(...(await groupsThat(parentsFilter(dns.slice(at, at + MAX_ASKED_FOR)), rules, searching)));
  }
  return found;
}

async function groupsThat(
  filter: ReturnType<typeof parentsFilter>,
  rules: GroupRules,
  searching: Searching,
): Promise<Group[]> {
  const found: Group[] = [];
  let cookie: Buffer | undefined = NONE;
  while (cookie !== undefined) {
    const answer = await search(searching, {
      base: rules.groupBaseDn,
      scope: 'sub',
      filter: all([writtenFilter(rules.groupFilter), filter]),
      attributes: [NAME],
      sizeLimit: 0,
      page: { size: rules.pageSize, cookie },
    });
    refusePart(answer);
    found.push(
      ...answer.places.map(({ entry }) => ({ dn: entry.dn, name: textOf(entry, NAME) ?? groupName(entry.dn) })),
    );
    bounded(found, rules);
    cookie = answer.cookie;
  }
  return found;
}

function bounded(groups: Group[], { maxGroups }: GroupRules): Group[] {
  if (groups.length <= maxGroups) return groups;
  throw new DirectoryError(
    'refused',
    `the user is in more than ${maxGroups} groups: raise maxGroups, or narrow groupFilter`,
  );
}

function tooDeep({ maxGroupDepth }: GroupRules): string {
  return `the user's groups are nested more than ${maxGroupDepth} deep: raise maxGroupDepth`;
}
