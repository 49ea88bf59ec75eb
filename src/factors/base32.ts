import { decodeBase32 as decodePlain, encodeBase32 as encodePadded } from '../lib/base32.ts';
import { Secret } from '../lib/secret.ts';
import { FactorError } from './error.ts';

// RFC 4648 §6: eight characters hold five octets; a last group of 1, 3 or 6 characters holds no whole number of them.
const GROUP_CHARACTERS = 8;
const IMPOSSIBLE_REST: ReadonlySet<number> = new Set([1, 3, 6]);

/** Base32 (RFC 4648 §6) in capitals, without padding, as authenticator apps expect it. */
export function encodeBase32(octets: Uint8Array): string {
  return encodePadded(octets).replace(/=+$/, '');
}

/**
 * The octets of Base32 as people copy it: small letters, spaces, hyphens and padding are fine, and left-over bits at
 * the end need not be zero (apps drop them). Throws `FactorError` `base32-invalid`, never quoting the text.
 */
export function decodeBase32(text: string): Secret {
  const plain = text.replace(/[\s-]/g, '').toUpperCase().replace(/=+$/, '');
  if (plain === '') throw new FactorError('base32-invalid', 'the secret is empty');
  const octets = decodePlain(plain);
  if (octets === undefined) throw new FactorError('base32-invalid', describeForeign(plain));
  if (IMPOSSIBLE_REST.has(plain.length % GROUP_CHARACTERS)) {
    throw new FactorError('base32-invalid', `the secret is cut off: Base32 never has ${plain.length} characters`);
  }
  return Secret.fromOctets(octets);
}

function describeForeign(plain: string): string {
  const isHexadecimal = /^[0-9A-F]+$/.test(plain) && plain.length % 2 === 0;
  if (isHexadecimal) return 'the secret is hexadecimal, Base32 is needed';
  return 'the secret is not Base32 (letters A to Z and digits 2 to 7)';
}
