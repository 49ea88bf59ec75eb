import { timingSafeEqual } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Secret } from '../lib/secret.ts';

/** Whether two values of a configuration say the same, their secrets octet for octet. */
export function isSameSetting(before: unknown, after: unknown): boolean {
  if (before instanceof Secret && after instanceof Secret) return isSameSecret(before, after);
  if (ArrayBuffer.isView(before) || ArrayBuffer.isView(after)) return isDeepStrictEqual(before, after);
  if (!isObject(before) || !isObject(after)) return before === after;
  const [old, fresh] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return (
    old.size === fresh.size && [...old].every(([key, value]) => fresh.has(key) && isSameSetting(value, fresh.get(key)))
  );
}

function isSameSecret(before: Secret, after: Secret): boolean {
  return before.length === after.length && timingSafeEqual(before.reveal(), after.reveal());
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
