import { hkdfSync } from 'node:crypto';
import type { Secret } from '../lib/secret.ts';

const KEY_OCTETS = 32;

/** A 32-octet key for one purpose, derived from the master key (HKDF-SHA-256, RFC 5869; the purpose is the info). */
export function deriveKey(masterKey: Secret, purpose: string): Buffer {
  const info = `sallyport/${purpose}/v1`;
  return Buffer.from(hkdfSync('sha256', masterKey.reveal(), Buffer.alloc(0), info, KEY_OCTETS));
}
