import { formatPrefix, type Prefix } from '../lib/ip.ts';
import { nameKey } from '../lib/name-key.ts';
import { groupKey, type Facts, type Identity } from './facts.ts';
import { readHours, type Day, type HoursOptions, type WallClock, type WallTime } from './hours.ts';
import { PrefixTable } from './prefix-table.ts';

/** A condition as configured: every key that is there has to hold; each by one of its values. */
export interface ConditionOptions {
  /** Names of clients. */
  readonly client?: readonly string[] | undefined;
  /** Names of users; `@example.com`: every name that ends so. */
  readonly user?: readonly string[] | undefined;
  /** Names or distinguished names of groups. */
  readonly group?: readonly string[] | undefined;
  /** Of the user. */
  readonly address?: readonly Prefix[] | undefined;
  readonly days?: readonly Day[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly timeZone?: string | undefined;
}

/** What of a condition did not hold. */
export type Failure = 'client' | 'user' | 'group' | 'address' | 'time';

/** Gives the wall clock of a zone. */
export type WallClocks = (timeZone: string) => WallClock;

/** A condition, ready to be asked on every login. */
export class Condition {
  /** As `nameKey` gives them; those that begin with `@` are ends of names. */
  readonly userKeys: readonly string[] | undefined;
  readonly groupKeys: readonly string[] | undefined;
  readonly clients: readonly string[] | undefined;
  readonly prefixes: readonly Prefix[] | undefined;
  /** In words, for logs; empty for a condition that always holds. */
  readonly text: string;
  readonly #users: ReadonlySet<string> | undefined;
  readonly #groups: ReadonlySet<string> | undefined;
  readonly #clients: ReadonlySet<string> | undefined;
  readonly #addresses: PrefixTable<true> | undefined;
  readonly #isWithin: ((time: WallTime) => boolean) | undefined;
  readonly #wallClock: WallClock | undefined;

  constructor(options: ConditionOptions, timeZone: string, wallClocks: WallClocks) {
    this.clients = options.client;
    this.userKeys = options.user?.map(nameKey);
    this.groupKeys = options.group?.map(groupKey);
    this.prefixes = options.address;
    this.#clients = options.client && new Set(options.client);
    this.#users = this.userKeys && new Set(this.userKeys);
    this.#groups = this.groupKeys && new Set(this.groupKeys);
    this.#addresses = options.address && tableOf(options.address);
    const hours = hoursOf(options, timeZone);
    this.#isWithin = hours && readHours(hours);
    this.#wallClock = hours && wallClocks(hours.timeZone);
    this.text = wordsOf(options, hours);
  }

  /** Whether it names hours. */
  get hasHours(): boolean {
    return this.#isWithin !== undefined;
  }

  /** Whether it holds for everyone at any time. */
  get isAlways(): boolean {
    return this.text === '';
  }

  /** The first key that does not hold for somebody of that identity; `undefined`: the condition holds. */
  failure(facts: Facts, { userKeys, groupKeys }: Identity): Failure | undefined {
    if (this.#clients?.has(facts.client) === false) return 'client';
    const users = this.#users;
    if (users !== undefined && !userKeys.some((key) => users.has(key) || users.has(endOf(key)))) return 'user';
    const groups = this.#groups;
    if (groups !== undefined && !groupKeys.some((key) => groups.has(key))) return 'group';
    // Who tells no address is at none.
    if (this.#addresses !== undefined) {
      const { address } = facts;
      if (address === undefined || !this.#addresses.holds(address)) return 'address';
    }
    return this.isOpenAt(facts.nowMs) ? undefined : 'time';
  }

  /** Whether it names no hours, or that moment is within them; the same for all of one minute. */
  isOpenAt(nowMs: number): boolean {
    if (this.#isWithin === undefined || this.#wallClock === undefined) return true;
    return this.#isWithin(this.#wallClock(nowMs));
  }
}

/** The end of a name from its last `@` on; `@` alone, which no rule names, where it has none. */
export function endOf(userKey: string): string {
  return `@${userKey.includes('@') ? userKey.slice(userKey.lastIndexOf('@') + 1) : ''}`;
}

function tableOf(prefixes: readonly Prefix[]): PrefixTable<true> {
  const table = new PrefixTable<true>();
  for (const prefix of prefixes) table.at(prefix, () => true);
  return table;
}

function hoursOf({ days, from, to, timeZone }: ConditionOptions, usual: string): HoursOptions | undefined {
  if (days === undefined && from === undefined && to === undefined) return undefined;
  return { days, from, to, timeZone: timeZone ?? usual };
}

const MAX_NAMED = 3;

function wordsOf({ client, user, group, address }: ConditionOptions, hours: HoursOptions | undefined): string {
  const words = [
    named('client', client),
    named('user', user),
    named('group', group),
    named('address', address?.map(formatPrefix)),
    hours && timeWords(hours),
  ];
  return words.filter((word) => word !== undefined).join(', ');
}

function named(what: string, values: readonly string[] | undefined): string | undefined {
  if (values === undefined) return undefined;
  const more = values.length - MAX_NAMED;
  const shown = values.slice(0, MAX_NAMED).join(' or ');
  return `${what} ${shown}${more > 0 ? ` or ${more} more` : ''}`;
}

function timeWords({ days, from, to, timeZone }: HoursOptions): string {
  const hours = from === undefined && to === undefined ? [] : [`${from ?? '00:00'}–${to ?? '24:00'}`];
  return [...(days === undefined ? [] : [days.join(' ')]), ...hours, timeZone].join(' ');
}
