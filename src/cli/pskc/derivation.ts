import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { Secret } from '../../lib/secret.ts';
import { FileProblem } from '../import/problem.ts';
import { decodeBase64 } from './base64.ts';
import { algorithmName, hashOfHmac } from './names.ts';
import { attribute, element, textOf } from './xml.ts';
import type { XmlElement } from './xml.ts';

// About five seconds of work; a file may not keep the machine busy for as long as it likes.
const MAX_ITERATIONS = 10_000_000;
const MAX_SALT_OCTETS = 1_024;
const keyLengths = [16, 24, 32];

const derive = promisify(pbkdf2);

/** Derives the key of a container from a password as its DerivedKey says (RFC 6030 §6.2). Throws `FileProblem`. */
export async function deriveContainerKey(derivedKey: XmlElement, password: Secret): Promise<Secret> {
  const method = element(derivedKey, 'KeyDerivationMethod');
  const parameters = method === undefined ? undefined : element(method, 'PBKDF2-params');
  if (parameters === undefined || algorithmName(attribute(method, 'Algorithm') ?? '') !== 'pbkdf2') {
    throw new FileProblem('its key is derived from a password in a way that is not supported (PBKDF2 is)');
  }
  const { salt, iterations, length, hash } = readParameters(parameters);
  return Secret.fromOctets(await derive(password.reveal(), salt, iterations, length, hash));
}

function readParameters(parameters: XmlElement) {
  const salt = decodeBase64(textOf(parameters, 'Salt', 'Specified'));
  const iterations = wholeNumber(textOf(parameters, 'IterationCount'));
  const length = wholeNumber(textOf(parameters, 'KeyLength'));
  // RFC 8018 §A.2: HMAC-SHA-1 where nothing else is said.
  const prf = attribute(element(parameters, 'PRF'), 'Algorithm');
  const hash = prf === undefined ? 'sha1' : hashOfHmac(prf);
  if (hash === undefined) throw new FileProblem('the function that PBKDF2 is to use is not supported');
  if (salt === undefined || salt.length === 0 || salt.length > MAX_SALT_OCTETS) {
    throw new FileProblem('the salt of its password is missing or makes no sense');
  }
  if (!(iterations >= 1 && iterations <= MAX_ITERATIONS)) {
    throw new FileProblem(`PBKDF2 is to run fewer than 1 or more than ${MAX_ITERATIONS} times`);
  }
  if (!keyLengths.includes(length)) throw new FileProblem(`the key derived must have ${keyLengths.join(', ')} octets`);
  return { salt, iterations, length, hash };
}

function wholeNumber(text: string): number {
  return /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
}
