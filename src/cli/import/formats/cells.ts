import { parseCsvLine } from '../csv-line.ts';
import type { Delimiter } from '../csv-line.ts';
import type { TokenRowResult } from '../token-row.ts';
import type { FileHead } from './format.ts';

/** The cells of a line without headings; empty where the line is broken. */
export function cellsOf(line: string, delimiter: Delimiter): readonly string[] {
  const parsed = parseCsvLine(line, delimiter);
  return parsed.kind === 'cells' ? parsed.cells : [];
}

/** Reads a line by its cells, or says why it has none. */
export function readCells(
  line: string,
  delimiter: Delimiter,
  read: (cells: readonly string[]) => TokenRowResult,
): TokenRowResult {
  const parsed = parseCsvLine(line, delimiter);
  return parsed.kind === 'cells' ? read(parsed.cells) : { kind: 'bad', serial: '', reason: parsed.problem };
}

/** The cells of the first lines that are no comment. */
export function headCells(head: FileHead, delimiter: Delimiter): (readonly string[])[] {
  return head.filter((line) => !isComment(line)).map((line) => cellsOf(line, delimiter));
}

/** Whether most of the lines fit: a mistake in one of them does not hide what the file is. */
export function mostFit<Line>(lines: readonly Line[], fits: (line: Line) => boolean): boolean {
  return lines.filter(fits).length > lines.length / 2;
}

/** Whether a line is a comment in formats that have them. */
export function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

/** Whether text is a key in hexadecimal, as long as keys are. */
export function isHexKey(text: string | undefined): boolean {
  return text !== undefined && /^([0-9a-f]{2}){10,128}$/i.test(text);
}
