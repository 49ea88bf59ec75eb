import { decodeBase32 } from '../../../factors/index.ts';
import { parseCsvLine } from '../csv-line.ts';
import { FileProblem } from '../problem.ts';
import { readHeadings } from '../token-columns.ts';
import type { TokenColumn, TokenLayout } from '../token-columns.ts';
import { readTokenFields } from '../token-row.ts';
import type { TokenRowResult } from '../token-row.ts';
import type { FileHead, TokenFormat } from './format.ts';
import { lineFormat } from './line-format.ts';
import type { LineReader } from './line-format.ts';

/** CSV whose first line names the columns, in any order. */
export const csvFormat: TokenFormat = lineFormat({
  name: 'csv',
  looks: 'a first line that names the columns: username (or upn), serial, secret (Base32), interval',
  fit: ([first]) => (isHeading(first) && !isEntraHeading(first) ? 'certain' : 'no'),
  reader: readWithHeadings,
});

/** The six columns that Entra ID takes: the same reader, known by the names of its columns. */
export const entraFormat: TokenFormat = lineFormat({
  name: 'entra',
  looks: 'the first line upn,serial number,secret key,time interval,manufacturer,model',
  fit: ([first]) => (isHeading(first) && isEntraHeading(first) ? 'certain' : 'no'),
  reader: readWithHeadings,
});

const entraHeadings = ['serial number', 'secret key', 'time interval', 'manufacturer', 'model'];

function isHeading(line: string | undefined): line is string {
  return readHeadings(line ?? '').kind === 'layout';
}

function isEntraHeading(line: string): boolean {
  return entraHeadings.every((heading) => line.toLowerCase().includes(heading));
}

function readWithHeadings([first]: FileHead): LineReader {
  const headings = readHeadings(first ?? '');
  if (headings.kind === 'unusable') throw new FileProblem(headings.problem);
  const { layout } = headings;
  const { extra } = layout;
  return {
    headingLines: 1,
    notes: extra.length === 0 ? [] : [`Columns that are not used: ${extra.join(', ')}.`],
    read: (text) => readCsvRow(text, layout),
  };
}

/** Reads one line below the headings. */
export function readCsvRow(line: string, layout: TokenLayout): TokenRowResult {
  const parsed = parseCsvLine(line, layout.delimiter);
  if (parsed.kind === 'broken') return { kind: 'bad', serial: '', reason: parsed.problem };
  const cell = (column: TokenColumn): string => parsed.cells[layout.positions[column] ?? -1] ?? '';
  return readTokenFields({
    username: layout.positions.username === undefined ? undefined : cell('username'),
    serial: cell('serial'),
    secret: () => decodeBase32(cell('secret')),
    type: cell('type'),
    digits: cell('digits'),
    algorithm: cell('algorithm'),
    interval: cell('interval'),
    counter: cell('counter'),
  });
}
