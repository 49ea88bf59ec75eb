import type { Person } from '../primary/index.ts';

/** A user of the store who comes from a directory. */
export interface DirectoryUser {
  readonly id: number;
  readonly name: string;
  readonly externalId: string | undefined;
  /** Disabled already, by hand or because the directory knows them no more. */
  readonly isGone: boolean;
}

/** What became of a person: see `People.keep`. */
export type Kept = 'added' | 'changed' | 'same' | 'taken';

/** People of directories, many at a time. */
export interface PeopleStore {
  /** In one transaction; what became of each. Those who had gone and are back are enabled again. */
  keepAll(people: readonly Person[]): Promise<Kept[]>;
  /** Everybody who comes from that directory. */
  listFrom(source: string): Promise<DirectoryUser[]>;
  /** Disables those users until the directory knows them again. */
  disableGone(ids: readonly number[]): Promise<void>;
}
