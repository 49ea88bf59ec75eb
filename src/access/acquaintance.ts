import { nameKey } from '../lib/name-key.ts';
import type { Person, PersonLookup } from '../primary/index.ts';
import type { LoginUser } from './directory.ts';
import type { FirstDoorResult } from './first-door.ts';
import { otherNames } from './other-names.ts';
import type { People } from './people.ts';
import { durable, LedgerError } from './recorder.ts';
import type { Visit } from './visit.ts';

/** Whom a request is about. */
export type Identified =
  | { readonly kind: 'identified'; readonly visit: Visit }
  /** Nobody can say for whom the name stands: no door is asked. */
  | { readonly kind: 'ambiguous'; readonly visit: Visit }
  /** The directory cannot be asked: the same as a first door that is down. */
  | { readonly kind: 'unavailable'; readonly said: FirstDoorResult };

/** Somebody for whom no door opens. */
export interface Stranger {
  readonly kind: 'stranger';
  readonly reason: 'username-invalid' | 'user-ambiguous' | 'primary-unavailable';
}

/** Knows users by their directory. */
export interface Acquaintance {
  /** The visit under the user's one name, whatever spelling was typed; as it was where no directory knows it. */
  identify(visit: Visit): Promise<Identified>;
  /** The same for whom the home server has let in by another name than the request's: somebody of whom nothing is known yet. */
  meet(visit: Visit): Promise<Extract<Identified, { kind: 'identified' }> | Stranger>;
  /** After the first door: the user is in the store, as the directory has them. `undefined`: the name is taken there. */
  keep(visit: Visit): Promise<Visit | undefined>;
}

/** What it works with. */
export interface AcquaintanceDeps {
  readonly people: People | undefined;
  /** Gives a visit the plan of whom it turned out to be. */
  readonly planned: (parts: Omit<Visit, 'plan' | 'ways'>) => Visit;
}

/** Acquaintance with the people of the primaries' directories. */
export function createAcquaintance({ people, planned }: AcquaintanceDeps): Acquaintance {
  return {
    identify,
    async meet(visit) {
      if (visit.username.key === '') return { kind: 'stranger', reason: 'username-invalid' };
      const found = await identify(visit);
      if (found.kind === 'identified') return found;
      return { kind: 'stranger', reason: found.kind === 'ambiguous' ? 'user-ambiguous' : 'primary-unavailable' };
    },
    async keep(visit) {
      const { person } = visit;
      if (person === undefined || people === undefined) return visit;
      const kept = await durable(people.keep(person));
      return kept.kind === 'known' ? withUser(visit, kept.user) : undefined;
    },
  };

  async function identify(visit: Visit): Promise<Identified> {
    const asked = await askDirectories(visit, visit.username.name);
    if (asked === undefined) return { kind: 'identified', visit };
    const { primary, found } = asked;
    switch (found.kind) {
      case 'unknown':
        return visit.user === undefined ? withLookalikes(visit) : { kind: 'identified', visit };
      case 'ambiguous':
        return { kind: 'ambiguous', visit };
      case 'unavailable':
        return { kind: 'unavailable', said: { primary, result: found } };
      case 'found':
        return underOneName(visit, found.person, primary);
    }
  }

  // A home server may take off what the directory does not: the rules for whoever it lets in then are theirs too.
  async function withLookalikes(visit: Visit): Promise<Identified> {
    const lookalikes: Person[] = [];
    for (const name of otherNames(visit.username.text)) {
      const asked = await askDirectories(visit, name);
      switch (asked?.found.kind) {
        case undefined:
        case 'unknown':
          continue;
        case 'ambiguous':
          return { kind: 'ambiguous', visit };
        case 'unavailable':
          return { kind: 'unavailable', said: { primary: asked.primary, result: asked.found } };
        case 'found':
          lookalikes.push(asked.found.person);
      }
    }
    return { kind: 'identified', visit: lookalikes.length === 0 ? visit : planned({ ...visit, lookalikes }) };
  }

  function underOneName(visit: Visit, person: Person, personFrom: string): Identified {
    const known = people === undefined ? undefined : userOf(people, person);
    const username = { text: person.name, name: person.name, key: nameKey(person.name) };
    const typed = visit.user;
    const found = { ...visit, username, person, personFrom };
    if (known?.kind === 'taken') return { kind: 'ambiguous', visit: found };
    const user = known?.kind === 'known' ? known.user : undefined;
    // What was typed is another user's name here: neither of them may pass for the other.
    if (typed !== undefined && typed.id !== user?.id) return { kind: 'ambiguous', visit };
    return { kind: 'identified', visit: withUser(found, user) };
  }

  function userOf(known: People, person: Person): ReturnType<People['userOf']> {
    try {
      return known.userOf(person);
    } catch (error) {
      throw new LedgerError(error);
    }
  }

  function withUser(visit: Visit, user: LoginUser | undefined): Visit {
    return planned({ ...visit, user });
  }
}

/** The first directory that can say; the next primary's only when one cannot be asked, and then only for whom it knows. */
async function askDirectories(
  { request, settings }: Visit,
  name: string,
): Promise<{ readonly primary: string; readonly found: PersonLookup } | undefined> {
  let last: { readonly primary: string; readonly found: PersonLookup } | undefined;
  for (const primary of request.client.primary) {
    const door = settings.primaries.get(primary);
    if (door?.find === undefined) continue;
    const found = await door.find(name);
    // Whom this one does not know, one that is down may: nothing can be said of their groups.
    const isSaid = found.kind !== 'unavailable' && (found.kind !== 'unknown' || last === undefined);
    if (isSaid) return { primary, found };
    // One that had too much to do decides what comes of it, as with the first door.
    if (last === undefined || (found.kind === 'unavailable' && found.isBusy === true)) last = { primary, found };
  }
  return last;
}
