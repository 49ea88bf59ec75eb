import {
  decodeBase32,
  FactorError,
  judgeSecret,
  otpAlgorithms,
  passcodeShapeProblem,
  periodBounds,
} from '../../factors/index.ts';
import type { OtpAlgorithm, PasscodeType } from '../../factors/index.ts';
import type { Secret } from '../../lib/secret.ts';
import { userNameProblem } from '../user-name.ts';
import { parseCsvLine } from './csv-line.ts';
import type { TokenColumn, TokenLayout } from './token-columns.ts';

/** A token as a file names it. */
export interface TokenRow {
  readonly username: string;
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

const DEFAULT_DIGITS = 6;
const MAX_SERIAL_CHARACTERS = 128;

class RowError extends Error {}

/** Reads one line below the headings. */
export function readTokenRow(line: string, layout: TokenLayout): TokenRowResult {
  const parsed = parseCsvLine(line, layout.delimiter);
  if (parsed.kind === 'broken') return { kind: 'bad', serial: '', reason: parsed.problem };
  const cell = (column: TokenColumn): string => parsed.cells[layout.positions[column] ?? -1] ?? '';
  try {
    return { kind: 'row', row: readRow(cell) };
  } catch (error) {
    if (error instanceof RowError || error instanceof FactorError) {
      return { kind: 'bad', serial: cell('serial'), reason: error.message };
    }
    throw error;
  }
}

function readRow(cell: (column: TokenColumn) => string): TokenRow {
  const username = readUsername(cell('username'));
  const serial = readSerial(cell('serial'));
  const { secret, isWeak } = readSecret(cell('secret'));
  const shape = {
    digits: readNumber('digits', cell('digits'), DEFAULT_DIGITS),
    algorithm: readAlgorithm(cell('algorithm')),
    periodSeconds: readNumber('interval', cell('interval'), periodBounds.defaultSeconds),
  };
  const problem = passcodeShapeProblem(shape);
  if (problem !== undefined) throw new RowError(problem);
  const type = readType(cell('type'));
  const nextCounter = type === 'hotp' ? readNumber('counter', cell('counter'), 0) : 0;
  return { username, serial, secret, isWeak, type, ...shape, nextCounter };
}

function readUsername(text: string): string {
  const problem = userNameProblem(text);
  if (problem !== undefined) throw new RowError(problem);
  return text.normalize('NFC');
}

function readSerial(text: string): string {
  if (text === '') throw new RowError('the serial is empty');
  if (text.length > MAX_SERIAL_CHARACTERS)
    throw new RowError(`the serial is longer than ${MAX_SERIAL_CHARACTERS} characters`);
  if (/\p{Cc}/u.test(text)) throw new RowError('the serial holds a control character');
  // 1.23457E+11: the digits are gone for good.
  if (/^\d([.,]\d+)?E\+\d+$/i.test(text)) throw new RowError('the serial was rounded by a spreadsheet');
  return text;
}

function readSecret(text: string): { secret: Secret; isWeak: boolean } {
  const secret = decodeBase32(text);
  const judgement = judgeSecret(secret);
  if (judgement.kind === 'refused') throw new RowError(judgement.problem);
  return { secret, isWeak: judgement.kind === 'weak' };
}

function readNumber(column: TokenColumn, text: string, ifEmpty: number): number {
  if (text === '') return ifEmpty;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new RowError(`the ${column} is no whole number`);
  return value;
}

function readAlgorithm(text: string): OtpAlgorithm {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^hmac/, '');
  const algorithm = plain === '' ? 'sha1' : otpAlgorithms.find((known) => known === plain);
  if (algorithm === undefined) throw new RowError('the algorithm is none of sha1, sha256, sha512');
  return algorithm;
}

function readType(text: string): PasscodeType {
  const plain = text.toLowerCase().replace(/^oath[-_ ]?/, '');
  if (plain === '' || plain === 'totp' || plain === 'time') return 'totp';
  if (plain === 'hotp' || plain === 'event' || plain === 'counter') return 'hotp';
  throw new RowError('the type is neither totp nor hotp');
}
