import type { Delimiter } from './csv-line.ts';
import { countColumns, findNamedColumns, readHeadingLine, usernameHeadings } from './named-columns.ts';
import type { Headings, NamedColumns } from './named-columns.ts';

/** The columns a token file may have. */
export type TokenColumn = 'username' | 'serial' | 'secret' | 'interval' | 'digits' | 'algorithm' | 'type' | 'counter';

/** How a token file is to be read. */
export interface TokenLayout extends NamedColumns<TokenColumn> {
  readonly delimiter: Delimiter;
}

/** A layout, or a sentence why the heading line gives none. */
export type HeadingResult =
  { readonly kind: 'layout'; readonly layout: TokenLayout } | { readonly kind: 'unusable'; readonly problem: string };

// As Azure MFA Server, Entra ID and token makers write them.
const headings: Headings<TokenColumn> = {
  username: usernameHeadings,
  serial: ['serial', 'serialnumber', 'tokenserial', 'tokenid'],
  secret: ['secret', 'secretkey', 'base32', 'base32secret', 'secretbase32', 'seed', 'key'],
  interval: ['interval', 'timeinterval', 'intervalseconds', 'period', 'timestep'],
  digits: ['digits', 'passcodelength', 'otplength'],
  algorithm: ['algorithm', 'hash', 'hashalgorithm', 'hmac'],
  type: ['type', 'tokentype', 'otptype'],
  counter: ['counter', 'movingfactor', 'nextcounter'],
};

const needed = ['serial', 'secret'] as const;

/** Finds columns and delimiter in the heading line. */
export function readHeadings(line: string): HeadingResult {
  const [best] = readHeadingLine(headings, line);
  if (best === undefined || countColumns(best) === 0) {
    return unusable('the first line must name the columns: username (or upn), serial, secret, interval');
  }
  const missing = needed.filter((column) => best.positions[column] === undefined);
  if (missing.length > 0) return unusable(`the first line names no column ${missing.join(', ')}`);
  return { kind: 'layout', layout: best };
}

/** The columns that a heading line names, and those it names besides. */
export function findColumns(cells: readonly string[], delimiter: Delimiter): TokenLayout {
  return { delimiter, ...findNamedColumns(headings, cells) };
}

function unusable(problem: string): HeadingResult {
  return { kind: 'unusable', problem };
}
