import { createHmac, createSecretKey } from 'node:crypto';
import type { Secret } from '../lib/secret.ts';
import { deriveKey } from './derive-key.ts';

/** Makes the digests of codes; see `Storage.codeDigest`. */
export function createCodeDigest(masterKey: Secret): (userId: number, text: string) => Buffer {
  const key = createSecretKey(deriveKey(masterKey, 'codes'));
  return (userId, text) =>
    createHmac('sha256', key)
      .update(`${userId}:${normalised(text)}`)
      .digest();
}

// People type codes with the gaps they were shown in, with others, or with none.
function normalised(text: string): string {
  return text.toUpperCase().replace(/[\s\p{Pd}]/gu, '');
}
