import { createHmac, createSecretKey, hash, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const HASH_OCTETS = 32;
const SEQUENCE_OCTETS = 8;

/** What stands before the first event. */
export const FIRST_PREVIOUS: Buffer = Buffer.alloc(HASH_OCTETS);

/** Where the log ends: how many events, and the hash of the last. */
export interface Head {
  readonly events: number;
  readonly hash: Uint8Array;
}

let scratch = Buffer.allocUnsafeSlow(4096);

/** The hash of an event: SHA-256(previous hash ‖ sequence as 8 octets ‖ body as UTF-8). */
export function chainHash(previous: Uint8Array, sequence: number, body: string): Buffer {
  const needed = HASH_OCTETS + SEQUENCE_OCTETS + body.length * 3;
  if (needed > scratch.length) scratch = Buffer.allocUnsafeSlow(needed * 2);
  scratch.set(previous, 0);
  scratch.writeBigUInt64BE(BigInt(sequence), HASH_OCTETS);
  const end = HASH_OCTETS + SEQUENCE_OCTETS + scratch.write(body, HASH_OCTETS + SEQUENCE_OCTETS, 'utf8');
  // Crossing as `binary` text halves the cost of a one-shot digest.
  return Buffer.from(hash('sha256', scratch.subarray(0, end), 'binary'), 'latin1');
}

/** Seals the end of the log, so that lines cut off it are missed: only holders of the master key can make the seal. */
export interface HeadSeal {
  seal(head: Head): Buffer;
  fits(head: Head, seal: Uint8Array): boolean;
}

/** A seal under a key derived from the master key (HMAC-SHA-256 over count and hash). */
export function createHeadSeal(headKey: Uint8Array): HeadSeal {
  const key = createSecretKey(headKey);
  return {
    seal: (head) => sealOf(key, head),
    fits: (head, seal) => seal.length === HASH_OCTETS && timingSafeEqual(sealOf(key, head), seal),
  };
}

function sealOf(key: KeyObject, head: Head): Buffer {
  const count = Buffer.alloc(SEQUENCE_OCTETS);
  count.writeBigUInt64BE(BigInt(head.events));
  return createHmac('sha256', key).update(count).update(head.hash).digest();
}
