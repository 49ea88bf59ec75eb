import { hash } from 'node:crypto';
import type { OtpAlgorithm } from './factor.ts';

interface Pads {
  readonly blockOctets: number;
  /** The key with ipad in front, room for the message behind. */
  readonly inner: Buffer;
  /** The key with opad in front, room for the inner digest behind. */
  readonly outer: Buffer;
}

// RFC 4226 §5.1: the moving factor is 8 octets.
const MESSAGE_OCTETS = 8;

// Block and digest sizes of FIPS 180-4. The buffers are reused: a call is synchronous and leaves them zeroed.
const padsByAlgorithm: Readonly<Record<OtpAlgorithm, Pads>> = {
  sha1: createPads(64, 20),
  sha256: createPads(64, 32),
  sha512: createPads(128, 64),
};

/**
 * HMAC (RFC 2104 §2) of an 8-octet message. Two one-shot digests instead of `createHmac`: about 1 µs against 4 to 16,
 * and a login tries several time steps. Digests cross as `binary` text, which is three times cheaper than a buffer.
 */
export function hmac(algorithm: OtpAlgorithm, key: Uint8Array, message: Uint8Array): Buffer {
  const { blockOctets, inner, outer } = padsByAlgorithm[algorithm];
  const shortKey = key.length > blockOctets ? hash(algorithm, key, 'buffer') : key;
  inner.fill(0x36, 0, blockOctets);
  outer.fill(0x5c, 0, blockOctets);
  for (let index = 0; index < shortKey.length; index += 1) {
    const octet = shortKey[index] ?? 0;
    inner[index] = octet ^ 0x36;
    outer[index] = octet ^ 0x5c;
  }
  inner.set(message, blockOctets);
  outer.write(hash(algorithm, inner, 'binary'), blockOctets, 'latin1');
  const digest = Buffer.from(hash(algorithm, outer, 'binary'), 'latin1');
  inner.fill(0);
  outer.fill(0);
  return digest;
}

function createPads(blockOctets: number, digestOctets: number): Pads {
  return {
    blockOctets,
    inner: Buffer.alloc(blockOctets + MESSAGE_OCTETS),
    outer: Buffer.alloc(blockOctets + digestOctets),
  };
}
