import { Secret } from '../../lib/secret.ts';
import { RowProblem } from '../import/problem.ts';
import { checkedRow } from '../import/token-row.ts';
import type { TokenRow } from '../import/token-row.ts';
import { decodeBase64 } from './base64.ts';
import { userOfId } from './distinguished-name.ts';
import { algorithmName } from './names.ts';
import { refusePolicy } from './policy.ts';
import { isEncryptedValue, readValue } from './protection.ts';
import type { Protection } from './protection.ts';
import { attribute, element, textOf } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** What a key is read with. */
export interface KeyContext {
  readonly device: XmlElement | undefined;
  readonly protection: Protection;
  readonly nowMs: number;
}

/** The serial of a key: that of its device, else its own identifier. */
export function serialOf(key: XmlElement | undefined, device: XmlElement | undefined): string {
  const serial = device === undefined ? '' : textOf(device, 'SerialNo');
  return serial === '' ? (attribute(key, 'Id') ?? '') : serial;
}

/** The token that a key of a container is (RFC 6030 §4). Throws `RowProblem` when it is none that passcodes can be made of. */
export function readKey(key: XmlElement, { device, protection, nowMs }: KeyContext): TokenRow {
  const type = readType(attribute(key, 'Algorithm') ?? '');
  const format = readFormat(key);
  refusePolicy(key, device, nowMs);
  const data = element(key, 'Data');
  if (data === undefined) throw new RowProblem('it holds no data');
  return checkedRow({
    username: readUser(key, device),
    serial: serialOf(key, device),
    secret: () => readSecret(data, protection),
    type,
    digits: format.digits,
    algorithm: format.suite,
    interval: readNumber(data, 'TimeInterval', protection),
    counter: readNumber(data, 'Counter', protection),
  });
}

function readType(algorithm: string): string {
  const name = algorithmName(algorithm);
  if (name === 'hotp' || name === 'totp') return name;
  throw new RowProblem(
    `the algorithm ${name === '' ? 'is not named' : `${name} is not supported`} (hotp and totp are)`,
  );
}

function readFormat(key: XmlElement): { digits: string | undefined; suite: string } {
  const format = element(key, 'AlgorithmParameters', 'ResponseFormat');
  const encoding = attribute(format, 'Encoding') ?? 'DECIMAL';
  if (encoding.toUpperCase() !== 'DECIMAL') throw new RowProblem('its passcodes are not of decimal digits');
  if (['true', '1'].includes(attribute(format, 'CheckDigits') ?? 'false')) {
    throw new RowProblem('its passcodes have a check digit, which is not supported');
  }
  return { digits: attribute(format, 'Length'), suite: textOf(key, 'AlgorithmParameters', 'Suite') };
}

function readUser(key: XmlElement, device: XmlElement | undefined): string | undefined {
  return userOfId(textOf(key, 'UserId')) ?? userOfId(device === undefined ? '' : textOf(device, 'UserId'));
}

function readSecret(data: XmlElement, protection: Protection): Secret {
  const value = element(data, 'Secret');
  if (value === undefined) throw new RowProblem('it holds no secret');
  const octets = readValue(value, protection, true);
  const secret = isEncryptedValue(value) ? octets : decodeBase64(octets.toString());
  if (secret === undefined) throw new RowProblem('the secret is not Base64');
  return Secret.fromOctets(secret);
}

// An encrypted number is 4 or 8 octets, the highest first (RFC 6030 §4.2).
function readNumber(data: XmlElement, name: string, protection: Protection): string | undefined {
  const value = element(data, name);
  if (value === undefined) return undefined;
  const octets = readValue(value, protection, false);
  if (!isEncryptedValue(value)) return octets.toString();
  if (octets.length !== 4 && octets.length !== 8) throw new RowProblem(`the ${name} is no number`);
  return BigInt(`0x${octets.toString('hex')}`).toString();
}
