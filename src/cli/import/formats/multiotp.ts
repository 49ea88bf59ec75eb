import { decodeHex, readTokenFields } from '../token-row.ts';
import type { TokenRowResult } from '../token-row.ts';
import { headCells, isHexKey, mostFit, readCells } from './cells.ts';
import type { TokenFormat } from './format.ts';
import { lineFormat } from './line-format.ts';

/** multiOTP's tokens: serial; manufacturer; hotp, totp or motp; key in hexadecimal; digits; counter or step. */
export const multiOtpFormat: TokenFormat = lineFormat({
  name: 'multiotp',
  looks: 'serial;manufacturer;hotp|totp;key (hexadecimal);digits;counter|step without a first line of names',
  fit: (head) => (mostFit(headCells(head, ';'), isRow) ? 'certain' : 'no'),
  reader: () => ({ headingLines: 0, notes: [], read: (text) => readCells(text, ';', readMultiOtpRow) }),
});

function isRow([serial = '', , type = '', key]: readonly string[]): boolean {
  return serial !== '' && ['hotp', 'totp', 'motp'].includes(type.toLowerCase()) && isHexKey(key);
}

function readMultiOtpRow([serial = '', , type = '', key = '', digits, moving]: readonly string[]): TokenRowResult {
  if (type === '') return { kind: 'bad', serial, reason: 'the type is neither totp nor hotp' };
  const isTotp = type.toLowerCase() === 'totp';
  return readTokenFields({
    serial,
    secret: () => decodeHex(key),
    type,
    digits,
    ...(isTotp ? { interval: moving } : { counter: moving }),
  });
}
