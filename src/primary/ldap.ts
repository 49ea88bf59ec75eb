import type { LdapDeps, LdapOptions } from './ldap/directory.ts';
import type { Primary } from './primary.ts';

export type { LdapDeps, LdapOptions } from './ldap/directory.ts';
export type { ReadPhone } from './ldap/person.ts';

/**
 * The first door of an LDAP directory or Active Directory: `find` looks users up by whatever they typed, `authenticate` binds as
 * them. What it takes is loaded when a configuration first needs it.
 */
export async function createLdapPrimary(options: LdapOptions, deps: LdapDeps): Promise<Primary> {
  const { LdapPrimary } = await import('./ldap/ldap.ts');
  return new LdapPrimary(options, deps);
}

/** A first door whose users a directory knows: it checks their passwords, and `find` is the directory's. */
export function withDirectory(door: Primary, directory: Primary): Primary {
  return {
    name: door.name,
    authenticate: (request) => door.authenticate(request),
    find: (name) => directory.find?.(name) ?? Promise.resolve({ kind: 'unknown' }),
    start: () => door.start(),
    stop: () => door.stop(),
  };
}
