import type { AddressOctets } from '../lib/ip.ts';
import { nameKey } from '../lib/name-key.ts';
import { groupKey, type Facts, type Identity } from '../policy/index.ts';
import type { Person } from '../primary/index.ts';
import type { Directory } from './directory.ts';
import { otherNamesOf } from './other-names.ts';
import { userAddressOf } from './station.ts';
import type { Visit } from './visit.ts';

/** What is known of a visit before there is a plan for it. */
export type VisitParts = Pick<Visit, 'request' | 'username' | 'user' | 'person' | 'lookalikes'>;

/** What rules are asked about a visit; looked at only as far as the rules of its policy ask. */
export function factsOf(visit: VisitParts, directory: Pick<Directory, 'findUser'>, nowMs: number): Facts {
  const { request, ...who } = visit;
  const known = { ...who, client: request.client.name, nowMs, address: () => userAddressOf(request) };
  return createFacts(known, directory);
}

/** Who is to be judged, from where and when. */
export interface KnownFacts extends Pick<Visit, 'username' | 'user' | 'person' | 'lookalikes'> {
  readonly client: string;
  readonly address: () => AddressOctets | undefined;
  readonly nowMs: number;
}

/** The same for a login that is only thought of. */
export function createFacts(known: KnownFacts, directory: Pick<Directory, 'findUser'>): Facts {
  let identity: Identity | undefined;
  let widest: Identity | undefined;
  let address: { readonly octets: AddressOctets | undefined } | undefined;
  return {
    client: known.client,
    nowMs: known.nowMs,
    get identity() {
      return (identity ??= identityOf(known));
    },
    get address() {
      return (address ??= { octets: known.address() }).octets;
    },
    widest() {
      const isKnown = known.user !== undefined || known.person !== undefined;
      return isKnown ? this.identity : (widest ??= widestOf(known, directory));
    },
  };
}

type Who = Pick<Visit, 'username' | 'user' | 'person'>;

function identityOf({ username, user, person }: Who): Identity {
  const userKeys = [username.key];
  for (const name of [user?.name, person?.name]) {
    const key = name === undefined ? username.key : nameKey(name);
    if (!userKeys.includes(key)) userKeys.push(key);
  }
  const groups = [...(user?.groups ?? []), ...(person === undefined ? [] : groupsOf(person))];
  return { userKeys, groupKeys: groups.map(groupKey) };
}

function groupsOf({ groups }: Person): string[] {
  return groups.flatMap(({ dn, name }) => [dn, name]);
}

// `CORP\root` is nobody here, but may be root to a home server: what shuts root out, or in, holds for both.
function widestOf(known: KnownFacts, directory: Pick<Directory, 'findUser'>): Identity {
  const names = otherNamesOf(known);
  const groups = names.flatMap((name) => directory.findUser(name)?.groups ?? []);
  const theirs = (known.lookalikes ?? []).flatMap(groupsOf);
  return { userKeys: [known.username.key, ...names.map(nameKey)], groupKeys: [...groups, ...theirs].map(groupKey) };
}
