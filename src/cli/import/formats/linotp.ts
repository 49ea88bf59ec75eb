import { otpAlgorithms } from '../../../factors/index.ts';
import { decodeHex, readTokenFields } from '../token-row.ts';
import type { TokenRowResult } from '../token-row.ts';
import { headCells, isComment, isHexKey, mostFit, readCells } from './cells.ts';
import type { Fit, FileHead, TokenFormat } from './format.ts';
import { lineFormat } from './line-format.ts';

/**
 * LinOTP's OATH CSV: serial, key in hexadecimal, type (HOTP without one), digits, step of TOTP, hash. Without a hash the
 * length of the key says it: 32 octets SHA-256, 64 octets SHA-512, else SHA-1.
 */
export const linOtpFormat: TokenFormat = lineFormat({
  name: 'linotp',
  looks: 'serial,key (hexadecimal),hotp|totp,digits,step,sha1|sha256|sha512 without a first line of names',
  fit,
  reader: () => ({
    headingLines: 0,
    notes: [],
    read: (text) => (isComment(text) ? undefined : readCells(text, ',', readOathRow)),
  }),
});

function fit(head: FileHead): Fit {
  const lines = headCells(head, ',');
  if (!mostFit(lines, isOathRow)) return 'no';
  return lines.some(([, , , , , hash = '']) => isHash(hash)) ? 'certain' : 'possible';
}

/** Whether cells look like a row of LinOTP or privacyIDEA. */
export function isOathRow([serial = '', key, type = '']: readonly string[]): boolean {
  return serial !== '' && isHexKey(key) && ['', 'hotp', 'hmac', 'totp'].includes(type.toLowerCase());
}

/** Whether LinOTP would take another hash than SHA-1 for a row that names none. */
export function wouldTakeAnotherHash([, key = '']: readonly string[]): boolean {
  return hashByLength(key) !== 'sha1';
}

function isHash(text: string): boolean {
  return (otpAlgorithms as readonly string[]).includes(text.toLowerCase());
}

function hashByLength(key: string): string {
  if (key.length === 2 * 64) return 'sha512';
  return key.length === 2 * 32 ? 'sha256' : 'sha1';
}

function readOathRow([serial = '', key = '', type = '', digits, step, hash = '']: readonly string[]): TokenRowResult {
  const isTotp = type.toLowerCase() === 'totp';
  return readTokenFields({
    serial,
    secret: () => decodeHex(key),
    type: type === '' || type.toLowerCase() === 'hmac' ? 'hotp' : type,
    digits,
    algorithm: hash === '' ? hashByLength(key) : hash,
    interval: isTotp ? step : undefined,
  });
}
