import { endOf } from './condition.ts';
import type { Facts, Identity } from './facts.ts';
import { minuteOf } from './hours.ts';
import { PrefixTable } from './prefix-table.ts';
import type { Scope } from './rule.ts';

// Fewer are asked sooner than sorted out.
const FEW = 8;

/** The positions under one key, in order. Those whose hours are over, or not yet there, are sorted out once a minute. */
class Positions {
  readonly #all: number[] = [];
  #hasHours = false;
  #open: readonly number[] = [];
  #minute = Number.NaN;

  add(position: number, { when }: Scope): void {
    // A key may stand twice in one list.
    if (this.#all.at(-1) === position) return;
    this.#all.push(position);
    this.#hasHours ||= when.hasHours;
  }

  openAt(nowMs: number, scopes: readonly Scope[]): readonly number[] {
    if (!this.#hasHours || this.#all.length <= FEW) return this.#all;
    const minute = minuteOf(nowMs);
    if (minute !== this.#minute) {
      this.#open = this.#all.filter((position) => scopes[position]?.when.isOpenAt(nowMs));
      this.#minute = minute;
    }
    return this.#open;
  }
}

/** The positions that may hold for whoever is known by one of these. */
class Buckets {
  readonly users = new Map<string, Positions>();
  readonly groups = new Map<string, Positions>();

  each({ userKeys, groupKeys }: Identity, visit: (positions: Positions) => void): void {
    if (this.users.size > 0) {
      for (const key of userKeys) {
        visitIn(this.users, key, visit);
        visitIn(this.users, endOf(key), visit);
      }
    }
    if (this.groups.size > 0) for (const key of groupKeys) visitIn(this.groups, key, visit);
  }

  get isEmpty(): boolean {
    return this.users.size === 0 && this.groups.size === 0;
  }
}

/**
 * Finds, of an ordered list of scopes, those that hold, without looking at each: every scope stands under the key that
 * it shares with the fewest others, and only scopes under keys of the login are asked.
 */
export class ScopeIndex {
  readonly #scopes: readonly Scope[];
  readonly #always = newPositions();
  readonly #clients = new Map<string, Positions>();
  readonly #sure = new Buckets();
  readonly #wide = new Buckets();
  readonly #addresses = new PrefixTable<Positions>();
  #hasAddresses = false;

  constructor(scopes: readonly Scope[]) {
    this.#scopes = scopes;
    const shares = countShares(scopes);
    for (const [position, scope] of scopes.entries()) this.#place(scope, position, shares);
  }

  /** The position of the first scope that holds; `undefined`: none does. */
  first(facts: Facts): number | undefined {
    let best = this.#scopes.length;
    this.#each(facts, (positions) => {
      for (const position of positions.openAt(facts.nowMs, this.#scopes)) {
        if (position >= best) break;
        if (this.#holds(position, facts)) best = position;
      }
    });
    return best === this.#scopes.length ? undefined : best;
  }

  /** The positions of all scopes that hold, in order. */
  all(facts: Facts): number[] {
    const found = new Set<number>();
    this.#each(facts, (positions) => {
      for (const position of positions.openAt(facts.nowMs, this.#scopes))
        if (this.#holds(position, facts)) found.add(position);
    });
    return [...found].sort((one, other) => one - other);
  }

  #holds(position: number, facts: Facts): boolean {
    return this.#scopes[position]?.mismatch(facts) === undefined;
  }

  #each(facts: Facts, visit: (positions: Positions) => void): void {
    visit(this.#always);
    visitIn(this.#clients, facts.client, visit);
    this.#sure.each(facts.identity, visit);
    if (!this.#wide.isEmpty) this.#wide.each(facts.widest(), visit);
    if (this.#hasAddresses && facts.address !== undefined) this.#addresses.each(facts.address, visit);
  }

  #place(scope: Scope, position: number, shares: ReadonlyMap<string, number>): void {
    const { clients, userKeys, groupKeys, prefixes } = scope.when;
    const buckets = scope.isWide ? this.#wide : this.#sure;
    switch (rarestOf(scope, shares)) {
      case 'user':
        for (const key of userKeys ?? []) at(buckets.users, key).add(position, scope);
        return;
      case 'group':
        for (const key of groupKeys ?? []) at(buckets.groups, key).add(position, scope);
        return;
      case 'address':
        this.#hasAddresses = true;
        for (const prefix of prefixes ?? []) this.#addresses.at(prefix, newPositions).add(position, scope);
        return;
      case 'client':
        for (const name of clients ?? []) at(this.#clients, name).add(position, scope);
        return;
      case undefined:
        this.#always.add(position, scope);
    }
  }
}

const kinds = ['user', 'group', 'address', 'client'] as const;
type Kind = (typeof kinds)[number];

function keysOf({ when }: Scope, kind: Kind): readonly string[] | undefined {
  switch (kind) {
    case 'user':
      return when.userKeys;
    case 'group':
      return when.groupKeys;
    case 'client':
      return when.clients;
    case 'address':
      return when.prefixes?.map(({ octets, lengthBits }) => `${octets.toString('latin1')}/${lengthBits}`);
  }
}

// How many scopes name each key.
function countShares(scopes: readonly Scope[]): Map<string, number> {
  const shares = new Map<string, number>();
  for (const scope of scopes) {
    for (const kind of kinds) {
      for (const key of new Set(keysOf(scope, kind))) shares.set(kind + key, (shares.get(kind + key) ?? 0) + 1);
    }
  }
  return shares;
}

function rarestOf(scope: Scope, shares: ReadonlyMap<string, number>): Kind | undefined {
  let rarest: Kind | undefined;
  let fewest = Infinity;
  for (const kind of kinds) {
    const keys = keysOf(scope, kind);
    if (keys === undefined) continue;
    const most = keys.reduce((so, key) => Math.max(so, shares.get(kind + key) ?? 0), 0);
    if (most < fewest) [rarest, fewest] = [kind, most];
  }
  return rarest;
}

function newPositions(): Positions {
  return new Positions();
}

function at(buckets: Map<string, Positions>, key: string): Positions {
  const known = buckets.get(key) ?? newPositions();
  buckets.set(key, known);
  return known;
}

function visitIn(buckets: Map<string, Positions>, key: string, visit: (positions: Positions) => void): void {
  const positions = buckets.get(key);
  if (positions !== undefined) visit(positions);
}
