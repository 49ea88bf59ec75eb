import type { Person } from '../primary/index.ts';
import type { LoginUser } from './directory.ts';

/** Whom the store has for a person of a directory. */
export type KnownPerson =
  | { readonly kind: 'known'; readonly user: LoginUser }
  | { readonly kind: 'new' }
  /** The name belongs to somebody else: to another person of that directory, or to another directory. */
  | { readonly kind: 'taken' };

/** Users who come from directories. */
export interface People {
  /** By what stays theirs, else by name. Throws when the store is broken. */
  userOf(person: Person): KnownPerson;
  /**
   * Puts the person into the store, or takes over what the directory says of them anew: name, names, mail, phone, language. A
   * value is taken over when it differs from what the directory said last; so one set by hand stays until then. The user as
   * they are now; `taken` as above. Rejects when the store cannot be written.
   */
  keep(person: Person): Promise<Exclude<KnownPerson, { kind: 'new' }>>;
}
