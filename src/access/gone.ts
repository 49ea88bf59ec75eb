import type { Visit } from './visit.ts';

/**
 * Whether the user's directory says that the account is at its end: disabled, or no longer there. The first door refuses such a
 * user; what goes past it has to look here.
 */
export function isGone({ user, person, isUnidentified, request, settings }: Visit): boolean {
  if (person !== undefined) return person.isDisabled === true;
  if (user?.source === undefined || isUnidentified === true) return false;
  return request.client.primary.some((name) => settings.primaries.get(name)?.find !== undefined);
}
