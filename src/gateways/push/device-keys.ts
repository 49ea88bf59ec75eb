import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';

const MIN_RSA_BITS = 2048;
// Larger ones only cost time to check.
const MAX_RSA_BITS = 8192;
const RSA_EXPONENT = 65537n;

/** The key of a phone as it is kept: ECDSA over P-256, SubjectPublicKeyInfo; `undefined` for any other key. */
export function readP256Key(given: unknown): KeyObject | undefined {
  const key = typeof given === 'string' ? fromSpki(given) : fromJwk(given);
  const isP256 = key?.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return isP256 ? key : undefined;
}

/** An RSA key of 2,048 to 8,192 bits with the exponent 65,537, out of Base64 SubjectPublicKeyInfo; else `undefined`. */
export function readRsaKey(spki: string): KeyObject | undefined {
  const key = fromSpki(spki);
  const { modulusLength = 0, publicExponent } = key?.asymmetricKeyDetails ?? {};
  const isSound = modulusLength >= MIN_RSA_BITS && modulusLength <= MAX_RSA_BITS && publicExponent === RSA_EXPONENT;
  return key?.asymmetricKeyType === 'rsa' && isSound ? key : undefined;
}

/** A public key as Base64 SubjectPublicKeyInfo. */
export function spkiText(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}

/** Whether the P-256 key has signed the text (SHA-256; r and s, 32 octets each, in base64url, as browsers sign). */
export function isSignedByP256(key: KeyObject, text: string, signature: string | undefined): boolean {
  const octets = Buffer.from(signature ?? '', 'base64url');
  return octets.length === 64 && verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, octets);
}

/** Whether the RSA key has signed the text (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017 §8.2). */
export function isSignedByRsa(key: KeyObject, text: string, signature: Buffer | undefined): boolean {
  return signature !== undefined && verify('sha256', Buffer.from(text), key, signature);
}

function fromSpki(text: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

// Of a JWK only its public members are looked at: a phone that sends its private key has no key any more.
function fromJwk(given: unknown): KeyObject | undefined {
  if (typeof given !== 'object' || given === null || 'd' in given) return undefined;
  try {
    return createPublicKey({ key: given as JsonWebKey, format: 'jwk' });
  } catch {
    return undefined;
  }
}
