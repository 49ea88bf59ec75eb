import { decodeBase32 } from '../../../factors/index.ts';
import { readTokenFields } from '../token-row.ts';
import type { TokenRowResult } from '../token-row.ts';
import { headCells, mostFit, readCells } from './cells.ts';
import type { TokenFormat } from './format.ts';
import { lineFormat } from './line-format.ts';

/** What Azure MFA Server imported: serial, Base32, interval; no headings, no user. */
export const azureMfaServerFormat: TokenFormat = lineFormat({
  name: 'azure-mfa-server',
  looks: 'serial,secret (Base32),interval without a first line of names',
  fit: (head) => (mostFit(headCells(head, ','), isRow) ? 'certain' : 'no'),
  reader: () => ({ headingLines: 0, notes: [], read: (text) => readCells(text, ',', readAzureRow) }),
});

function isRow([serial = '', secret = '', interval = '', more]: readonly string[]): boolean {
  const isSecret = /^[A-Z2-7]{16,}=*$/i.test(secret);
  return serial !== '' && isSecret && /^\d{2,3}$/.test(interval) && more === undefined;
}

function readAzureRow([serial = '', secret = '', interval, ...more]: readonly string[]): TokenRowResult {
  if (more.length > 0) return { kind: 'bad', serial, reason: 'the line has more than serial, secret and interval' };
  return readTokenFields({ serial, secret: () => decodeBase32(secret), interval });
}
