import { createHmac, timingSafeEqual } from 'node:crypto';
import { Secret } from '../../lib/secret.ts';
import type { ContainerSecrets } from '../import/formats/format.ts';
import { FileProblem, RowProblem } from '../import/problem.ts';
import { decodeBase64 } from './base64.ts';
import { decrypt, keyOctetsOf } from './cipher.ts';
import { deriveContainerKey } from './derivation.ts';
import { hashOfHmac } from './names.ts';
import { attribute, element, elementNames, textOf } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** How the values of a container are protected. */
export type Protection =
  | { readonly kind: 'none' }
  | { readonly kind: 'encrypted'; readonly key: Secret; readonly macKey: Secret; readonly macHash: string };

const WRONG_KEY = 'the key or password is wrong';

/** Finds out what protects a container, and asks for the key or password it needs. Rejects with `FileProblem`. */
export async function readProtection(
  container: XmlElement,
  isEncrypted: boolean,
  secrets: ContainerSecrets,
): Promise<Protection> {
  const keyInfo = element(container, 'EncryptionKey');
  const macMethod = element(container, 'MACMethod');
  if (keyInfo === undefined && macMethod === undefined && !isEncrypted) {
    // Somebody who expects encryption is not handed what anybody could have written.
    if (secrets.given !== undefined)
      throw new FileProblem(`it is not encrypted, but a ${secrets.given} was given for it`);
    return { kind: 'none' };
  }
  if (macMethod === undefined) {
    throw new FileProblem('it is encrypted without a MACMethod: nothing shows that its secrets were not altered');
  }
  const macHash = hashOfHmac(attribute(macMethod, 'Algorithm') ?? '');
  if (macHash === undefined) throw new FileProblem('its MAC algorithm is not supported (HMAC with SHA-1 and SHA-2 is)');
  const key = await readKey(keyInfo, secrets);
  return { kind: 'encrypted', key, macKey: readMacKey(macMethod, key), macHash };
}

async function readKey(keyInfo: XmlElement | undefined, secrets: ContainerSecrets): Promise<Secret> {
  const derivedKey = keyInfo === undefined ? undefined : element(keyInfo, 'DerivedKey');
  if (derivedKey !== undefined) {
    if (secrets.given === 'key') throw new FileProblem('it is encrypted with a password, but a key was given for it');
    return deriveContainerKey(derivedKey, await secrets.password());
  }
  const others = keyInfo === undefined ? [] : elementNames(keyInfo).filter((name) => name !== 'KeyName');
  if (others.length > 0) throw new FileProblem(`it is encrypted in a way that is not supported (${others.join(', ')})`);
  if (secrets.given === 'password')
    throw new FileProblem('it is encrypted with a key, but a password was given for it');
  return secrets.key();
}

// RFC 6030 §6.1.1: without a MAC key of its own, the key of the encryption is used.
function readMacKey(macMethod: XmlElement, key: Secret): Secret {
  if (element(macMethod, 'MACKeyReference') !== undefined) {
    throw new FileProblem('it only refers to its MAC key, which is not supported');
  }
  const macKey = element(macMethod, 'MACKey');
  if (macKey === undefined) return key;
  const plain = decrypt(checkedKey(macKey, key, FileProblem), cipherValue(macKey));
  if (plain === undefined || plain.length === 0) throw new FileProblem(WRONG_KEY);
  return Secret.fromOctets(plain);
}

/**
 * The octets of a value. Throws `RowProblem` when it is encrypted and its MAC is missing or wrong: the MAC is checked
 * before anything is made of the value. `mustBeProtected`: in an encrypted container a plain value needs a MAC as well.
 */
export function readValue(value: XmlElement, protection: Protection, mustBeProtected: boolean): Buffer {
  const encrypted = element(value, 'EncryptedValue');
  const plain = element(value, 'PlainValue');
  if (encrypted !== undefined && plain !== undefined) throw new RowProblem('there is a plain and an encrypted value');
  if (encrypted !== undefined) return readEncrypted(value, encrypted, protection);
  const octets = plain === undefined ? undefined : Buffer.from(textOf(plain), 'utf8');
  if (octets === undefined) throw new RowProblem('a value is missing');
  if (mustBeProtected && protection.kind === 'encrypted') {
    requireMac(value, protection, [decodeBase64(octets.toString()) ?? octets]);
  }
  return octets;
}

/** Whether the value is encrypted: then its octets are binary, not text. */
export function isEncryptedValue(value: XmlElement): boolean {
  return element(value, 'EncryptedValue') !== undefined;
}

function readEncrypted(value: XmlElement, encrypted: XmlElement, protection: Protection): Buffer {
  if (protection.kind === 'none') throw new RowProblem('a value is encrypted, but the file is not');
  const octets = cipherValue(encrypted);
  const plain = decrypt(checkedKey(encrypted, protection.key, RowProblem), octets);
  // The MAC is that of the ciphertext; drafts of the standard, and files that follow them, took the plaintext.
  requireMac(value, protection, plain === undefined ? [octets] : [octets, plain]);
  if (plain === undefined) throw new RowProblem(WRONG_KEY);
  return plain;
}

function requireMac(
  value: XmlElement,
  protection: Protection & { kind: 'encrypted' },
  candidates: readonly Buffer[],
): void {
  const written = decodeBase64(textOf(value, 'ValueMAC'));
  if (element(value, 'ValueMAC') === undefined || written === undefined) {
    throw new RowProblem('the value has no ValueMAC: nothing shows that it was not altered');
  }
  const fits = candidates.filter((candidate) => {
    const mac = createHmac(protection.macHash, protection.macKey.reveal()).update(candidate).digest();
    return mac.length === written.length && timingSafeEqual(mac, written);
  });
  if (fits.length === 0) throw new RowProblem('the ValueMAC does not fit: the value was altered, or the key is wrong');
}

function cipherValue(encrypted: XmlElement): Buffer {
  return decodeBase64(textOf(encrypted, 'CipherData', 'CipherValue')) ?? Buffer.alloc(0);
}

function checkedKey(encrypted: XmlElement, key: Secret, Problem: typeof FileProblem | typeof RowProblem): Buffer {
  const octets = keyOctetsOf(attribute(element(encrypted, 'EncryptionMethod'), 'Algorithm') ?? '');
  if (octets === undefined) throw new Problem('its encryption is not supported (AES-CBC is)');
  if (octets !== key.length) throw new Problem(`the key has ${key.length} octets, ${octets} are needed`);
  return key.reveal();
}
