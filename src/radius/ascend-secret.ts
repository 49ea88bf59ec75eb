import { DIGEST_OCTETS } from './md5.ts';
import type { SharedKey } from './shared-key.ts';

/** Octets of each of Ascend's secrets, hidden or in clear: shorter ones are filled up with NULs. */
export const ASCEND_SECRET_OCTETS = DIGEST_OCTETS;

/**
 * One of Ascend's secrets, hidden from clear or clear from hidden: MD5(request authenticator ‖ secret) lies over it. No RFC
 * describes it; FreeRADIUS knows it as `encrypt=3`.
 */
export function coverAscendSecret(value: Buffer, requestAuthenticator: Buffer, key: SharedKey): Buffer {
  const scratch = new Uint8Array(DIGEST_OCTETS + key.length);
  scratch.set(requestAuthenticator);
  const digest = new Uint8Array(DIGEST_OCTETS);
  key.digestBeforeSecretInto(digest, 0, scratch, DIGEST_OCTETS);
  return value.map((octet, at) => octet ^ (digest[at] ?? 0)) as Buffer;
}
