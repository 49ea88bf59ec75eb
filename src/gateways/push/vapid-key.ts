import { createECDH } from 'node:crypto';
import type { Random } from '../../lib/random.ts';
import { Secret } from '../../lib/secret.ts';

// RFC 8292 §2: an ECDSA key over P-256.
const CURVE = 'prime256v1';
const KEY_OCTETS = 32;

/** The key by which push services know this server, and its public half for browsers (both base64url). */
export interface VapidKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A new key for Web Push (RFC 8292), as text: made once and kept, since the phones' subscriptions are bound to it. */
export function newVapidKey(random: Random): Secret {
  for (;;) {
    const octets = random.octets(KEY_OCTETS);
    // All but one in four billion are numbers below the order of the curve.
    if (isScalar(octets)) return Secret.fromText(octets.toString('base64url'));
  }
}

/** Both halves of a key that `newVapidKey` has made. Throws an `Error` for what is none. */
export function readVapidKey(key: Secret): VapidKeys {
  const octets = Buffer.from(key.reveal().toString(), 'base64url');
  if (octets.length !== KEY_OCTETS || !isScalar(octets))
    throw new Error('the Web Push key is not 32 octets in base64url');
  const ecdh = createECDH(CURVE);
  ecdh.setPrivateKey(octets);
  return { privateKey: octets.toString('base64url'), publicKey: ecdh.getPublicKey().toString('base64url') };
}

function isScalar(octets: Buffer): boolean {
  try {
    createECDH(CURVE).setPrivateKey(octets);
    return true;
  } catch {
    return false;
  }
}
