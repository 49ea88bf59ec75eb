import {
  AndFilter,
  EqualityFilter,
  ExtensibleFilter,
  FilterParser,
  NotFilter,
  OrFilter,
  PresenceFilter,
  type Filter,
} from 'ldapts';
import type { LoginName } from './login-name.ts';

// Bitwise AND, and membership through groups of groups (MS-ADTS §3.1.1.3.4.4).
const BIT_AND = '1.2.840.113556.1.4.803';
const IN_CHAIN = '1.2.840.113556.1.4.1941';
const ACCOUNT_DISABLED = '2';

/** Attributes of groups that name a member. */
export const memberAttributes = ['member', 'uniqueMember'] as const;

/** Attributes that names are looked for in. */
export interface NameAttributes {
  readonly nameAttribute: string;
  readonly loginAttributes: readonly string[];
  readonly mailAttribute: string;
}

/** A filter that an operator has written (RFC 4515). Throws where it is none. Nothing that a user typed ever gets here. */
export function writtenFilter(text: string): Filter {
  return FilterParser.parseString(text);
}

/** Who has that name by attributes that users cannot change. What a user typed is a value here, whatever is in it. */
export function nameFilter(name: Exclude<LoginName, { kind: 'foreign' }>, attributes: NameAttributes): Filter {
  const { nameAttribute, loginAttributes } = attributes;
  const whole = name.kind === 'name' ? name.user : name.address;
  const own = name.user === undefined || name.user === whole ? [] : [equals(nameAttribute, name.user)];
  return any([...[nameAttribute, ...loginAttributes].map((attribute) => equals(attribute, whole)), ...own]);
}

/** Who has that mail address. */
export function mailFilter(address: string, { mailAttribute }: NameAttributes): Filter {
  return equals(mailAttribute, address);
}

/** Groups that have the user as member, through other groups too: Active Directory walks. */
export function inChainFilter(dn: string): Filter {
  return new ExtensibleFilter({ matchType: 'member', rule: IN_CHAIN, value: dn });
}

/** Users and groups that are members of the group, through other groups too: Active Directory walks. */
export function memberInChainFilter(groupDn: string): Filter {
  return new ExtensibleFilter({ matchType: 'memberOf', rule: IN_CHAIN, value: groupDn });
}

/** The group itself, and groups that have it as member, through other groups too: Active Directory walks. */
export function selfOrInChainFilter(groupDn: string): Filter {
  return any([equals('distinguishedName', groupDn), inChainFilter(groupDn)]);
}

/** The entry of that DN (Active Directory). */
export function selfFilter(dn: string): Filter {
  return equals('distinguishedName', dn);
}

/** Users who are members of the group through other groups too, or have one of these as primary group. */
export function membersFilter(groupDn: string, primaryRids: Iterable<string>): Filter {
  return any([memberInChainFilter(groupDn), ...[...primaryRids].map((rid) => equals('primaryGroupID', rid))]);
}

/** Groups that have one of these as member. */
export function parentsFilter(dns: readonly string[]): Filter {
  return any(dns.flatMap((dn) => memberAttributes.map((attribute) => equals(attribute, dn))));
}

/** Accounts of Active Directory that are not disabled. */
export function enabledFilter(): Filter {
  const disabled = { matchType: 'userAccountControl', rule: BIT_AND, value: ACCOUNT_DISABLED };
  return new NotFilter({ filter: new ExtensibleFilter(disabled) });
}

/** Every entry. */
export function anything(): Filter {
  return new PresenceFilter({ attribute: 'objectClass' });
}

/** All of them hold. */
export function all(filters: readonly Filter[]): Filter {
  return new AndFilter({ filters: [...filters] });
}

function any(filters: readonly Filter[]): Filter {
  return new OrFilter({ filters: [...filters] });
}

function equals(attribute: string, value: string): Filter {
  return new EqualityFilter({ attribute, value });
}
