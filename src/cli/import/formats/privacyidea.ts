import { decodeHex, readTokenFields } from '../token-row.ts';
import type { TokenRowResult } from '../token-row.ts';
import { headCells, isComment, isHexKey, mostFit, readCells } from './cells.ts';
import type { Fit, FileHead, TokenFormat } from './format.ts';
import { lineFormat } from './line-format.ts';
import { isOathRow, wouldTakeAnotherHash } from './linotp.ts';

/**
 * privacyIDEA's OATH CSV: serial, key in hexadecimal, type (HOTP without one), digits, then the counter of HOTP or the
 * step of TOTP. Version 2, said by a comment in the first line, has user, resolver and realm in front.
 */
export const privacyIdeaFormat: TokenFormat = lineFormat({
  name: 'privacyidea',
  looks: 'serial,key (hexadecimal),hotp|totp,digits,counter|step without a first line of names',
  fit,
  reader(head) {
    const isWithUser = isVersion2(head);
    return {
      headingLines: 0,
      notes: [],
      read: (text) =>
        isComment(text) ? undefined : readCells(text, ',', isWithUser ? readUserRow : (cells) => readOathRow(cells)),
    };
  },
});

function fit(head: FileHead): Fit {
  const lines = headCells(head, ',');
  if (isVersion2(head)) return mostFit(lines, (cells) => isHexKey(cells[4])) ? 'certain' : 'no';
  if (!mostFit(lines, isOathRow) || lines.some((cells) => cells.length > 5)) return 'no';
  return lines.some(wouldTakeAnotherHash) || lines.some(hasCounter) ? 'possible' : 'certain';
}

// LinOTP has no counter there: the same line would be read in two ways.
function hasCounter([, , type = '', , counter = '']: readonly string[]): boolean {
  return type.toLowerCase() !== 'totp' && Number(counter) > 0;
}

function isVersion2(head: FileHead): boolean {
  return /^#\s*version:\s*2\b/i.test(head[0] ?? '');
}

function readUserRow([user = '', , , ...cells]: readonly string[]): TokenRowResult {
  return readOathRow(cells, user === '' ? undefined : user);
}

function readOathRow(
  [serial = '', key = '', type, digits, moving]: readonly string[],
  username?: string,
): TokenRowResult {
  const isTotp = type?.toLowerCase() === 'totp';
  return readTokenFields({
    username,
    serial,
    secret: () => decodeHex(key),
    type: type === undefined || type === '' ? 'hotp' : type,
    digits,
    ...(isTotp ? { interval: moving } : { counter: moving }),
  });
}
