import type { LdapDeps, LdapOptions } from './ldap/directory.ts';
import type { PeopleKeeper, SyncReport } from './ldap/sync.ts';
import type { PersonLookup } from './primary.ts';

export type { PeopleKeeper, SyncReport } from './ldap/sync.ts';

/** What trying one server of a directory gave; `problem` is a sentence without secrets. */
export interface ServerTrial {
  /** `host:port`. */
  readonly server: string;
  readonly tookMs: number;
  readonly problem?: string;
}

/** A directory for commands and for the schedule: nothing is kept between two questions. */
export interface DirectoryTools {
  /** What the directory says of a name, as a login would find it. */
  find(name: string): Promise<PersonLookup>;
  /** Tries each server: TLS, the account, a search. */
  trials(): Promise<ServerTrial[]>;
  /**
   * Synchronises the store by the `sync` of the configuration. Rejects with an error whose message is for the operator
   * when the directory cannot be read to its end; then nobody is disabled.
   */
  synchronise(
    store: PeopleKeeper,
    options: { readonly isDryRun: boolean; readonly isForced: boolean; readonly progress?: (read: number) => void },
  ): Promise<SyncReport>;
  close(): void;
}

/** The tools of one primary of type `ldap`. */
export async function openDirectory(options: LdapOptions, deps: LdapDeps): Promise<DirectoryTools> {
  const { createDirectoryTools } = await import('./ldap/tools.ts');
  return createDirectoryTools(options, deps);
}
