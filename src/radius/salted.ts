import type { Random } from '../lib/random.ts';
import { RadiusError } from './error.ts';
import { DIGEST_OCTETS } from './md5.ts';
import type { SharedKey } from './shared-key.ts';

/** Octets of a salt (RFC 2868 §3.5). */
export const SALT_OCTETS = 2;

/** The longest string that fits into one attribute beside tag, salt and its own length. */
export const MAX_SALTED_OCTETS = 239;

const stream = new Uint8Array(DIGEST_OCTETS);

/** Gives salts that differ within one packet, their highest bit set (RFC 2868 §3.5, RFC 2548 §2.4.2). */
export function createSalts(random: Random): () => Buffer {
  const start = random.octets(SALT_OCTETS).readUInt16BE(0);
  let count = 0;
  return () => {
    const salt = Buffer.allocUnsafe(SALT_OCTETS);
    salt.writeUInt16BE(0x8000 | ((start + count++) & 0x7fff));
    return salt;
  };
}

/** Salt and hidden string (RFC 2868 §3.5). Throws `RadiusError` for a string that fits no attribute. */
export function hideSalted(clear: Buffer, salt: Buffer, requestAuthenticator: Buffer, key: SharedKey): Buffer {
  if (clear.length > MAX_SALTED_OCTETS) {
    throw new RadiusError('password-too-long', `a salted attribute holds ${MAX_SALTED_OCTETS} octets at most`);
  }
  const hidden = Buffer.alloc(SALT_OCTETS + Math.ceil((clear.length + 1) / DIGEST_OCTETS) * DIGEST_OCTETS);
  hidden.set(salt);
  hidden[SALT_OCTETS] = clear.length;
  hidden.set(clear, SALT_OCTETS + 1);
  for (let at = SALT_OCTETS; at < hidden.length; at += DIGEST_OCTETS) {
    keyStream(hidden, at, requestAuthenticator, key);
    for (let index = 0; index < DIGEST_OCTETS; index += 1) {
      hidden[at + index] = (hidden[at + index] ?? 0) ^ (stream[index] ?? 0);
    }
  }
  return hidden;
}

/** The string in a salted value (salt first); `undefined` when lengths do not fit. */
export function revealSalted(value: Buffer, requestAuthenticator: Buffer, key: SharedKey): Buffer | undefined {
  const octets = value.length - SALT_OCTETS;
  if (octets < DIGEST_OCTETS || octets % DIGEST_OCTETS !== 0) return undefined;
  const clear = Buffer.allocUnsafe(octets);
  for (let at = 0; at < octets; at += DIGEST_OCTETS) {
    keyStream(value, at + SALT_OCTETS, requestAuthenticator, key);
    for (let index = 0; index < DIGEST_OCTETS; index += 1) {
      clear[at + index] = (value[SALT_OCTETS + at + index] ?? 0) ^ (stream[index] ?? 0);
    }
  }
  const length = clear[0] ?? 0;
  return length < octets ? clear.subarray(1, 1 + length) : undefined;
}

// b(1) = MD5(secret ‖ request authenticator ‖ salt), b(i) = MD5(secret ‖ c(i − 1)).
function keyStream(value: Buffer, at: number, requestAuthenticator: Buffer, key: SharedKey): void {
  if (at === SALT_OCTETS) key.keyStreamInto(stream, requestAuthenticator, value.subarray(0, SALT_OCTETS));
  else key.keyStreamInto(stream, value.subarray(at - DIGEST_OCTETS, at));
}
