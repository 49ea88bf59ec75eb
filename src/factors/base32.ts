import { ScureBase32Plugin } from 'otplib';
import { Secret } from '../lib/secret.ts';
import { FactorError } from './error.ts';

const base32 = new ScureBase32Plugin();

// RFC 4648 §6: eight characters hold five octets; a last group of 1, 3 or 6 characters holds no whole number of them.
const GROUP_CHARACTERS = 8;
const UNUSED_BITS: Readonly<Record<number, number>> = { 0: 0, 2: 2, 4: 4, 5: 1, 7: 3 };
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Base32 (RFC 4648 §6) in capitals, without padding, as authenticator apps expect it. */
export function encodeBase32(octets: Uint8Array): string {
  return base32.encode(octets);
}

/**
 * The octets of Base32 as people copy it: small letters, spaces, hyphens and padding are fine, and left-over bits at
 * the end need not be zero (apps drop them). Throws `FactorError` `base32-invalid`, never quoting the text.
 */
export function decodeBase32(text: string): Secret {
  const plain = text.replace(/[\s-]/g, '').toUpperCase().replace(/=+$/, '');
  if (plain === '') throw new FactorError('base32-invalid', 'the secret is empty');
  if (!/^[A-Z2-7]+$/.test(plain)) throw new FactorError('base32-invalid', describeForeign(plain));
  const unusedBits = UNUSED_BITS[plain.length % GROUP_CHARACTERS];
  if (unusedBits === undefined) {
    throw new FactorError('base32-invalid', `the secret is cut off: Base32 never has ${plain.length} characters`);
  }
  return Secret.fromOctets(base32.decode(withoutUnusedBits(plain, unusedBits)));
}

function withoutUnusedBits(plain: string, unusedBits: number): string {
  const last = ALPHABET.indexOf(plain.at(-1) ?? '');
  return plain.slice(0, -1) + (ALPHABET[(last >> unusedBits) << unusedBits] ?? '');
}

function describeForeign(plain: string): string {
  const isHexadecimal = /^[0-9A-F]+$/.test(plain) && plain.length % 2 === 0;
  if (isHexadecimal) return 'the secret is hexadecimal, Base32 is needed';
  return 'the secret is not Base32 (letters A to Z and digits 2 to 7)';
}
