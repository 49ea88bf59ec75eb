import type { Random } from '../lib/random.ts';

// No 0 and O, no 1, I and L, no U that reads as V: 30 characters, 4.9 bits each.
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
// The largest multiple of 30 an octet can hold: what lies above would favour the first characters.
const FAIR_OCTETS = 240;

/** Characters of new codes: 10 are 49 bits, for codes that count as wrong answers; 16 are 78 bits, for passwords. */
export const codeCharacters = { backup: 10, bypass: 10, 'app-password': 16 } as const;

/**
 * A fresh code of so many characters that nobody mistakes for each other, each as likely as the next. It has a letter: digits
 * alone would be read as a passcode.
 */
export function createCode(random: Random, characters: number): string {
  for (;;) {
    const code = drawCode(random, characters);
    if (/[A-Z]/.test(code)) return code;
  }
}

function drawCode(random: Random, characters: number): string {
  let code = '';
  while (code.length < characters) {
    const [octet = FAIR_OCTETS] = random.octets(1);
    if (octet < FAIR_OCTETS) code += ALPHABET.charAt(octet % ALPHABET.length);
  }
  return code;
}

/** The code in groups, as people read and type it: `ABCD-EFGH`. */
export function groupCode(code: string, groupCharacters: number): string {
  return code.replace(new RegExp(`.{${groupCharacters}}(?=.)`, 'g'), '$&-');
}
