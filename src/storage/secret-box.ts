import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Random } from '../lib/random.ts';
import { Secret } from '../lib/secret.ts';
import { deriveKey } from './derive-key.ts';
import { StorageError } from './storage-error.ts';

// Layout: version ‖ key id ‖ nonce ‖ ciphertext ‖ tag. The first two octets are authenticated with the identity, so
// that a later key or cipher can stand beside this one while records are sealed anew.
const VERSION = 1;
const KEY_ID = 1;
const HEADER_OCTETS = 2;
const NONCE_OCTETS = 12; // NIST SP 800-38D §5.2.1.1
const TAG_OCTETS = 16;

/** Seals secrets for storage: what is sealed for one record opens for no other. */
export interface SecretBox {
  /** Encrypts `secret`; `identity` names the record it belongs to (it is authenticated, not stored). */
  seal(secret: Secret, identity: string): Buffer;
  /** The secret again. Throws `sealed-invalid` when altered, of another record, or sealed with another key. */
  open(sealed: Uint8Array, identity: string): Secret;
}

/** A box for one purpose (AES-256-GCM, its key derived from the master key); boxes of two purposes open nothing of each other. */
export function createSecretBox(masterKey: Secret, purpose: string, random: Random): SecretBox {
  const key = createSecretKey(deriveKey(masterKey, `seal/${purpose}`));
  return {
    seal: (secret, identity) => seal(key, secret, identity, random.octets(NONCE_OCTETS)),
    open: (sealed, identity) => open(key, Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength), identity),
  };
}

function seal(key: KeyObject, secret: Secret, identity: string, nonce: Buffer): Buffer {
  const header = Buffer.of(VERSION, KEY_ID);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_OCTETS });
  cipher.setAAD(associatedData(header, identity));
  const ciphertext = Buffer.concat([cipher.update(secret.reveal()), cipher.final()]);
  return Buffer.concat([header, nonce, ciphertext, cipher.getAuthTag()]);
}

function open(key: KeyObject, sealed: Buffer, identity: string): Secret {
  if (sealed.length < HEADER_OCTETS + NONCE_OCTETS + TAG_OCTETS) throw invalid('is too short');
  if (sealed[0] !== VERSION || sealed[1] !== KEY_ID) throw invalid('has an unknown version or key');
  const tagAt = sealed.length - TAG_OCTETS;
  const textAt = HEADER_OCTETS + NONCE_OCTETS;
  const options = { authTagLength: TAG_OCTETS };
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(HEADER_OCTETS, textAt), options);
  decipher.setAAD(associatedData(sealed.subarray(0, HEADER_OCTETS), identity));
  decipher.setAuthTag(sealed.subarray(tagAt));
  try {
    return Secret.fromOctets(Buffer.concat([decipher.update(sealed.subarray(textAt, tagAt)), decipher.final()]));
  } catch (error) {
    throw invalid('was altered, belongs to another record, or was sealed with another master key', error);
  }
}

function associatedData(header: Buffer, identity: string): Buffer {
  return Buffer.concat([header, Buffer.from(identity, 'utf8')]);
}

function invalid(what: string, cause?: unknown): StorageError {
  return new StorageError('sealed-invalid', `A sealed secret ${what}.`, { cause });
}
