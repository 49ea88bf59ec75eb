import { createHash } from 'node:crypto';
import { decodeHex, readTokenFields } from '../token-row.ts';
import type { TokenRowResult } from '../token-row.ts';
import { headCells, readCells } from './cells.ts';
import type { TokenFormat } from './format.ts';
import { lineFormat } from './line-format.ts';

/**
 * The log of the YubiKey Personalization Tool in its traditional format: what was written, when, slot, public identity,
 * private identity, key in hexadecimal, two access codes, three flags of the identity, digits, counter, five more flags.
 * The serial of the device is not in it: the public identity with the slot stands for it, or a name made of the key.
 */
export const yubicoFormat: TokenFormat = lineFormat({
  name: 'yubico',
  looks: 'the traditional log of the YubiKey Personalization Tool: OATH-HOTP,time,slot,identity,,key,…',
  fit: (head) => (headCells(head, ',').some(isLogRow) ? 'certain' : 'no'),
  reader: (head) => ({
    headingLines: 0,
    notes: headCells(head, ',').some((cells) => (cells.at(FROM_END.identity) ?? '') !== '') ? [typedInFront] : [],
    read: (text) => (text.startsWith('LOGGING START') ? undefined : readCells(text, ',', readLogRow)),
  }),
});

const OATH = 'oath-hotp';
const kinds = [OATH, 'yubico otp', 'static password', 'challenge-response', 'configuration'];
const NAME_DIGITS = 10;
const typedInFront =
  'A YubiKey with a token identifier types it in front of each passcode: only the digits behind it are the passcode.';
const COLUMNS = 18;
// Local time may hold a comma of its own ("1/2/26, 3:04 PM"); everything behind it is counted from the end.
const FROM_END = { slot: -16, identity: -15, key: -13, digits: -7, counter: -6 } as const;

function isLogRow(cells: readonly string[]): boolean {
  const kind = cells[0]?.toLowerCase() ?? '';
  return cells.length >= COLUMNS && kinds.some((known) => kind.startsWith(known));
}

function readLogRow(cells: readonly string[]): TokenRowResult {
  const [kind = ''] = cells;
  const cell = (column: keyof typeof FROM_END): string => cells.at(FROM_END[column]) ?? '';
  if (kind.toLowerCase() !== OATH) return unfit('', 'this is no OATH-HOTP: other modes of a YubiKey are not supported');
  if (cells.length < COLUMNS) return unfit('', `the line has fewer than ${COLUMNS} columns`);
  return readTokenFields({
    serial: serialOf(cell('identity'), cell('slot'), cell('key')),
    secret: () => decodeHex(cell('key')),
    type: 'hotp',
    digits: cell('digits'),
    counter: cell('counter'),
  });
}

// A key without an identity gets a name that is the same each time the log is read, and tells nothing of the key.
function serialOf(identity: string, slot: string, key: string): string {
  if (identity !== '') return `${identity}-${slot}`;
  const digest = createHash('sha256').update(`sallyport yubikey name ${key.toLowerCase()}`).digest('hex');
  return `yubikey-${digest.slice(0, NAME_DIGITS)}`;
}

function unfit(serial: string, reason: string): TokenRowResult {
  return { kind: 'bad', serial, reason };
}
