import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../lib/secret.ts';

/** What an API key may do. */
export type ApiRight = 'read' | 'enrol' | 'users' | 'unavailable';

/** A program that may use the API. */
export interface ApiKey {
  /** For the log. */
  readonly name: string;
  readonly secret: Secret;
  readonly may: readonly ApiRight[];
}

// RFC 6750 §2.1.
const BEARER = /^bearer +([\x21-\x7e]{1,4096}) *$/i;

/**
 * The key that an `Authorization` header holds; `undefined` for none. Digests are compared, and with all keys, so that
 * time tells nothing of any of them.
 */
export function findApiKey(keys: readonly ApiKey[], authorization: string | undefined): ApiKey | undefined {
  const presented = digestOf(Buffer.from(BEARER.exec(authorization ?? '')?.[1] ?? ''));
  return keys.filter(({ secret }) => secret.length > 0 && timingSafeEqual(digestOf(secret.reveal()), presented))[0];
}

function digestOf(octets: Buffer): Buffer {
  return createHash('sha256').update(octets).digest();
}
