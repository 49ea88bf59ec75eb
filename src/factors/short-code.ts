import type { Random } from '../lib/random.ts';

// Without I, L, O, U, 0 and 1, which are taken for one another.
const ALPHABET = 'ABCDEFGHJKMNPQRSTVWXYZ23456789';
const CHARACTERS = 8;

// Octets from here on would make the first characters of the alphabet likelier than the others.
const FAIR_OCTETS = 256 - (256 % ALPHABET.length);

/** Eight characters that people can read to one another: 30⁸ possibilities, 39 bits. */
export function createShortCode(random: Random): string {
  let code = '';
  while (code.length < CHARACTERS) {
    for (const octet of random.octets(CHARACTERS)) {
      if (octet < FAIR_OCTETS && code.length < CHARACTERS) code += ALPHABET[octet % ALPHABET.length] ?? '';
    }
  }
  return code;
}

/** A short code as somebody has typed it, in the one spelling it has. */
export function normaliseShortCode(text: string): string {
  return text.toUpperCase().replace(/[\s\p{Pd}]/gu, '');
}
