import { FactorError, judgeSecret, otpAlgorithms, passcodeShapeProblem, periodBounds } from '../../factors/index.ts';
import type { OtpAlgorithm, PasscodeType } from '../../factors/index.ts';
import { Secret } from '../../lib/secret.ts';
import { userNameProblem } from '../user-name.ts';
import { RowProblem } from './problem.ts';

/** A token as a file names it. */
export interface TokenRow {
  /** `undefined`: the file does not say whose it is. */
  readonly username: string | undefined;
  readonly serial: string;
  readonly secret: Secret;
  readonly type: PasscodeType;
  readonly digits: number;
  readonly algorithm: OtpAlgorithm;
  readonly periodSeconds: number;
  readonly nextCounter: number;
  /** The secret is shorter than recommended. */
  readonly isWeak: boolean;
}

/** A row that can be imported, or why not (never quoting the secret); `serial` as far as it could be read. */
export type TokenRowResult =
  | { readonly kind: 'row'; readonly row: TokenRow }
  | { readonly kind: 'bad'; readonly serial: string; readonly reason: string };

/** What a format has found of a token, as it is written; what is left out or empty takes the default. */
export interface TokenFields {
  /** `undefined`: the format or this file has no place for it. */
  readonly username?: string | undefined;
  readonly serial: string;
  /** Decodes the secret; throws `RowProblem` or `FactorError`. */
  readonly secret: () => Secret;
  readonly type?: string | undefined;
  readonly digits?: string | undefined;
  readonly algorithm?: string | undefined;
  readonly interval?: string | undefined;
  readonly counter?: string | undefined;
}

const DEFAULT_DIGITS = '6';
const MAX_SERIAL_CHARACTERS = 128;

/** Checks the fields of one token. */
export function readTokenFields(fields: TokenFields): TokenRowResult {
  return readRow(fields.serial, () => checkedRow(fields));
}

/** The row that `read` gives, or what it throws as the reason. */
export function readRow(serial: string, read: () => TokenRow): TokenRowResult {
  try {
    return { kind: 'row', row: read() };
  } catch (error) {
    if (error instanceof RowProblem || error instanceof FactorError) {
      return { kind: 'bad', serial, reason: error.message };
    }
    throw error;
  }
}

/** The same as `readTokenFields`, but throws what is wrong. */
export function checkedRow(fields: TokenFields): TokenRow {
  const username = fields.username === undefined ? undefined : readUsername(fields.username);
  const serial = readSerial(fields.serial);
  const { secret, isWeak } = readSecret(fields.secret);
  const shape = {
    digits: readNumber('digits', fields.digits, DEFAULT_DIGITS),
    algorithm: readAlgorithm(fields.algorithm),
    periodSeconds: readNumber('interval', fields.interval, String(periodBounds.defaultSeconds)),
  };
  const problem = passcodeShapeProblem(shape);
  if (problem !== undefined) throw new RowProblem(problem);
  const type = readType(fields.type);
  const nextCounter = type === 'hotp' ? readNumber('counter', fields.counter, '0') : 0;
  return { username, serial, secret, isWeak, type, ...shape, nextCounter };
}

/** The octets of hexadecimal as people copy it, with or without spaces. */
export function decodeHex(text: string): Secret {
  const plain = text.replace(/\s/g, '');
  if (plain === '') throw new RowProblem('the secret is empty');
  if (!/^[0-9a-f]+$/i.test(plain)) throw new RowProblem('the secret is not hexadecimal');
  if (plain.length % 2 !== 0) throw new RowProblem('the secret is cut off: it has half an octet too much');
  return Secret.fromOctets(Buffer.from(plain, 'hex'));
}

function readUsername(text: string): string {
  const problem = userNameProblem(text);
  if (problem !== undefined) throw new RowProblem(problem);
  return text.normalize('NFC');
}

function readSerial(text: string): string {
  if (text === '') throw new RowProblem('the serial is empty');
  if (text.length > MAX_SERIAL_CHARACTERS)
    throw new RowProblem(`the serial is longer than ${MAX_SERIAL_CHARACTERS} characters`);
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) throw new RowProblem('the serial holds a control character');
  // 1.23457E+11: the digits are gone for good.
  if (/^\d([.,]\d+)?E\+\d+$/i.test(text)) throw new RowProblem('the serial was rounded by a spreadsheet');
  return text;
}

function readSecret(decode: () => Secret): { secret: Secret; isWeak: boolean } {
  const secret = decode();
  const judgement = judgeSecret(secret);
  if (judgement.kind === 'refused') throw new RowProblem(judgement.problem);
  return { secret, isWeak: judgement.kind === 'weak' };
}

function readNumber(what: string, text: string | undefined, ifEmpty: string): number {
  const written = text === undefined || text === '' ? ifEmpty : text;
  const value = /^\d{1,15}$/.test(written) ? Number(written) : Number.NaN;
  if (Number.isNaN(value)) throw new RowProblem(`the ${what} is no whole number`);
  return value;
}

function readAlgorithm(text = ''): OtpAlgorithm {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^hmac/, '');
  const algorithm = plain === '' ? 'sha1' : otpAlgorithms.find((known) => known === plain);
  if (algorithm === undefined) throw new RowProblem('the algorithm is none of sha1, sha256, sha512');
  return algorithm;
}

function readType(text = ''): PasscodeType {
  const plain = text.toLowerCase().replace(/^oath[-_ ]?/, '');
  if (plain === '' || plain === 'totp' || plain === 'time') return 'totp';
  if (plain === 'hotp' || plain === 'event' || plain === 'counter') return 'hotp';
  throw new RowProblem('the type is neither totp nor hotp');
}
