import { createCipheriv, createDecipheriv } from 'node:crypto';
import { algorithmName } from './names.ts';

// XML Encryption §5.2: the vector stands in front of the ciphertext, the last octet of the plaintext says how many
// octets of padding there are.
const BLOCK_OCTETS = 16;

/** Octets of the keys of the ciphers that containers are encrypted with, by the names of the algorithms. */
export function keyOctetsOf(algorithm: string): number | undefined {
  const bits = /^aes(128|192|256)-cbc$/.exec(algorithmName(algorithm))?.[1];
  return bits === undefined ? undefined : Number(bits) / 8;
}

/** Whether octets may be a ciphertext: the vector and whole blocks. */
export function isCiphertext(octets: Uint8Array): boolean {
  return octets.length >= 2 * BLOCK_OCTETS && octets.length % BLOCK_OCTETS === 0;
}

/** What is encrypted under that key; `undefined` when the key is wrong (which is not always noticed) or the octets are cut. */
export function decrypt(key: Uint8Array, octets: Uint8Array): Buffer | undefined {
  if (!isCiphertext(octets)) return undefined;
  const decipher = createDecipheriv(cipherFor(key), key, octets.subarray(0, BLOCK_OCTETS));
  decipher.setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(octets.subarray(BLOCK_OCTETS)), decipher.final()]);
  const padding = padded.at(-1) ?? 0;
  return padding >= 1 && padding <= BLOCK_OCTETS ? padded.subarray(0, -padding) : undefined;
}

/** The vector and the ciphertext of `plain` under that key. */
export function encrypt(key: Uint8Array, vector: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv(cipherFor(key), key, vector);
  return Buffer.concat([vector, cipher.update(plain), cipher.final()]);
}

/** Octets of the vector in front of a ciphertext. */
export const vectorOctets = BLOCK_OCTETS;

function cipherFor(key: Uint8Array): string {
  return `aes-${key.length * 8}-cbc`;
}
