import { escapeDnValue } from './dn.ts';
import type { LoginName } from './login-name.ts';

// What has a meaning in a UPN, in `DOMAIN\user`, or may not stand in an account's name.
const NOT_IN_NAMES = /[\\/@"[\]:;|=,+*?<>\0]/;
const PLACE = '{user}';
// Directories take wide letters, accents and more spaces for others, and nobody says here for whom: each of these spellings
// would be another user, without the second factor of the one who binds.
const ONE_SPELLING = /^[!-~]+(?: [!-~]+)*$/;

/** The user's own part of a name, where a template can take it and no directory takes it for another one's. */
export function directUser(name: LoginName): string | undefined {
  if (name.kind === 'foreign' || name.user === undefined) return undefined;
  return ONE_SPELLING.test(name.user) ? name.user : undefined;
}

/** The name to bind with, of the template; `undefined` where the user's name cannot stand in it. */
export function directBindName(template: string, user: string): string | undefined {
  if (template.includes('=')) return template.replaceAll(PLACE, () => escapeDnValue(user));
  return NOT_IN_NAMES.test(user) ? undefined : template.replaceAll(PLACE, () => user);
}
