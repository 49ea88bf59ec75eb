import { hash } from 'node:crypto';
import type { Secret } from '../lib/secret.ts';

/** Octets of a MAC: HMAC-SHA-256 cut to half (RFC 2104 §5). */
export const MAC_OCTETS = 16;

// FIPS 180-4: SHA-256 works on 64 octets at a time and gives 32.
const BLOCK_OCTETS = 64;
const DIGEST_OCTETS = 32;

/**
 * HMAC-SHA-256 (RFC 2104 §2) under one key, truncated. Two one-shot digests instead of `createHmac`: a third of the
 * cost, and a login signs and checks a State. Digests cross as `binary` text, which is cheaper than a buffer.
 */
export function createStateMac(key: Secret): (signed: Uint8Array) => Buffer {
  const octets = key.length > BLOCK_OCTETS ? hash('sha256', key.reveal(), 'buffer') : key.reveal();
  const innerPad = padOf(octets, 0x36, 0);
  const outer = padOf(octets, 0x5c, DIGEST_OCTETS);
  return (signed) => {
    const inner = Buffer.concat([innerPad, signed]);
    outer.write(hash('sha256', inner, 'binary'), BLOCK_OCTETS, 'latin1');
    return Buffer.from(hash('sha256', outer, 'binary').slice(0, MAC_OCTETS), 'latin1');
  };
}

/** The key under a pad, with room behind it. */
function padOf(key: Uint8Array, pad: number, room: number): Buffer {
  const padded = Buffer.alloc(BLOCK_OCTETS + room);
  padded.fill(pad, 0, BLOCK_OCTETS);
  for (const [index, octet] of key.entries()) padded[index] = octet ^ pad;
  return padded;
}
