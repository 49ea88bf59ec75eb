import type { Random } from '../lib/random.ts';

/** Crockford's Base32: no I, L, O, U, so that it survives being read aloud. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const pairs = Array.from({ length: 1024 }, (_, index) => (ALPHABET[index >> 5] ?? '') + (ALPHABET[index & 31] ?? ''));

const OCTETS = 7;
const DRAWN_AT_ONCE = 256;

/** A source of request ids: ten characters, fifty random bits, so that two in ten million requests hardly meet. */
export function createRequestIds(random: Random): () => string {
  let drawn: Buffer = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at + OCTETS > drawn.length) {
      drawn = random.octets(OCTETS * DRAWN_AT_ONCE);
      at = 0;
    }
    const high = drawn.readUIntBE(at, 4) >>> 2;
    const low = drawn.readUIntBE(at + 4, 3) >>> 4;
    at += OCTETS;
    return pair(high >>> 20) + pair(high >>> 10) + pair(high) + pair(low >>> 10) + pair(low);
  };
}

function pair(bits: number): string {
  return pairs[bits & 1023] ?? '';
}
