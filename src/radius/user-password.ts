import { detachedOctets } from '../lib/detached-octets.ts';
import { RadiusError } from './error.ts';
import { DIGEST_OCTETS } from './md5.ts';
import type { SharedKey } from './shared-key.ts';

/** The longest User-Password (RFC 2865 §5.2). */
export const MAX_PASSWORD_OCTETS = 128;

const stream = new Uint8Array(DIGEST_OCTETS);

/** The value of User-Password (RFC 2865 §5.2): 16 to 128 octets. Throws `RadiusError` for more than 128 octets. */
export function hideUserPassword(password: Buffer, requestAuthenticator: Buffer, key: SharedKey): Buffer {
  if (password.length > MAX_PASSWORD_OCTETS) {
    throw new RadiusError('password-too-long', `User-Password holds ${MAX_PASSWORD_OCTETS} octets at most`);
  }
  const value = Buffer.alloc(Math.max(1, Math.ceil(password.length / DIGEST_OCTETS)) * DIGEST_OCTETS);
  value.set(password);
  let previous = requestAuthenticator;
  for (let at = 0; at < value.length; at += DIGEST_OCTETS) {
    key.keyStreamInto(stream, previous);
    xorInto(value, at);
    previous = value.subarray(at, at + DIGEST_OCTETS);
  }
  return value;
}

/**
 * The password in a User-Password, padding NULs taken off (RFC 2865 §5.2).
 * `undefined` when the value is not 16, 32 … 128 octets. Under a wrong shared secret the octets are noise.
 */
export function revealUserPassword(value: Buffer, requestAuthenticator: Buffer, key: SharedKey): Buffer | undefined {
  const password = revealPadded(value, requestAuthenticator, key);
  if (password === undefined) return undefined;
  let length = password.length;
  while (length > 0 && password[length - 1] === 0) length -= 1;
  return password.subarray(0, length);
}

/** The octets in a value that is hidden as User-Password is, padding and all; `undefined` as with `revealUserPassword`. */
export function revealPadded(value: Buffer, requestAuthenticator: Buffer, key: SharedKey): Buffer | undefined {
  if (value.length === 0 || value.length > MAX_PASSWORD_OCTETS || value.length % DIGEST_OCTETS !== 0) return undefined;
  // It may be kept for as long as a user takes to answer the phone.
  const clear = detachedOctets(value);
  let previous = requestAuthenticator;
  for (let at = 0; at < value.length; at += DIGEST_OCTETS) {
    key.keyStreamInto(stream, previous);
    xorInto(clear, at);
    previous = value.subarray(at, at + DIGEST_OCTETS);
  }
  return clear;
}

function xorInto(target: Buffer, at: number): void {
  for (let index = 0; index < DIGEST_OCTETS; index += 1) {
    target[at + index] = (target[at + index] ?? 0) ^ (stream[index] ?? 0);
  }
}
