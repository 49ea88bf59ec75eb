import { escapeDnValue } from './dn.ts';
import type { LoginName } from './login-name.ts';

// What has a meaning in a UPN, in `DOMAIN\user`, or may not stand in an account's name.
const NOT_IN_NAMES = /[\\/@"[\]:;|=,+*?<>\0]/;
const PLACE = '{user}';

/** The user's own part of a name, where a template can take it. */
export function directUser(name: LoginName): string | undefined {
  return name.kind === 'foreign' ? undefined : name.user;
}

/** The name to bind with, of the template; `undefined` where the user's name cannot stand in it. */
export function directBindName(template: string, user: string): string | undefined {
  if (template.includes('=')) return template.replaceAll(PLACE, () => escapeDnValue(user));
  return NOT_IN_NAMES.test(user) ? undefined : template.replaceAll(PLACE, () => user);
}
