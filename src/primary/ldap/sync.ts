import { nameKey } from '../../lib/name-key.ts';
import type { Person } from '../primary.ts';

/** The store, as a synchronisation sees it. */
export interface PeopleKeeper {
  /** What became of each: see there. */
  keepAll(people: readonly Person[]): Promise<readonly ('added' | 'changed' | 'same' | 'taken')[]>;
  listFrom(source: string): Promise<readonly KeptUser[]>;
  disableGone(ids: readonly number[]): Promise<void>;
}

/** A user who came from the directory. */
export interface KeptUser {
  readonly id: number;
  readonly name: string;
  readonly externalId: string | undefined;
  /** Disabled already. */
  readonly isGone: boolean;
}

export interface SyncOptions {
  /** Name under `primaries`. */
  readonly source: string;
  /** When more would disappear, nobody does. */
  readonly maxRemovals: number;
  readonly isDryRun: boolean;
  readonly progress?: ((read: number) => void) | undefined;
}

/** What a synchronisation did, or would do. */
export interface SyncReport {
  readonly read: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
  /** Their name belongs to another user: left as it is. */
  readonly conflicts: readonly string[];
  /** Disabled: the directory knows them no more. */
  readonly removed: readonly string[];
  /** More had disappeared than may: none of them was touched. */
  readonly isBraked: boolean;
}

/**
 * Puts everybody the directory gives into the store and disables (never deletes) those it knows no more; when there
 * are more of these than may be, none: then something is wrong with the directory or the filter. Rejects, with nobody
 * disabled, when the directory cannot be read to its end.
 */
export async function synchronise(
  pages: AsyncIterable<readonly Person[]>,
  store: PeopleKeeper,
  options: SyncOptions,
): Promise<SyncReport> {
  const known = await store.listFrom(options.source);
  const tally = { added: [] as string[], changed: [] as string[], conflicts: [] as string[], unchanged: 0 };
  const before = knownOf(known);
  const seen = new Seen();
  for await (const people of pages) {
    const kept = options.isDryRun ? people.map((person) => foretold(person, before)) : await store.keepAll(people);
    for (const [index, person] of people.entries()) {
      seen.add(person);
      const outcome = kept[index] ?? 'same';
      if (outcome === 'same') tally.unchanged += 1;
      else tally[outcome === 'taken' ? 'conflicts' : outcome].push(person.name);
    }
    options.progress?.(seen.count);
  }
  const gone = known.filter((user) => !user.isGone && !seen.has(user));
  const isBraked = gone.length > options.maxRemovals;
  if (!isBraked && !options.isDryRun) await store.disableGone(gone.map(({ id }) => id));
  return { read: seen.count, ...tally, removed: gone.map(({ name }) => name), isBraked };
}

// A trial knows who is there, not what differs.
function foretold({ name, externalId }: Person, known: Known): 'added' | 'same' {
  const isKnown = externalId === undefined ? known.names.has(nameKey(name)) : known.ids.has(externalId);
  return isKnown || known.withoutId.has(nameKey(name)) ? 'same' : 'added';
}

interface Known {
  readonly ids: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  /** Names of those who have no id yet. */
  readonly withoutId: ReadonlySet<string>;
}

function knownOf(users: readonly KeptUser[]): Known {
  return {
    ids: new Set(users.flatMap(({ externalId }) => externalId ?? [])),
    names: new Set(users.map(({ name }) => nameKey(name))),
    withoutId: new Set(users.flatMap(({ name, externalId }) => (externalId === undefined ? [nameKey(name)] : []))),
  };
}

class Seen {
  readonly #ids = new Set<string>();
  readonly #names = new Set<string>();
  count = 0;

  add({ name, externalId }: Person): void {
    this.count += 1;
    this.#names.add(nameKey(name));
    if (externalId !== undefined) this.#ids.add(externalId);
  }

  has({ name, externalId }: KeptUser): boolean {
    return externalId === undefined ? this.#names.has(nameKey(name)) : this.#ids.has(externalId);
  }
}
