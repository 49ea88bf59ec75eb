import { readLines } from '../text-lines.ts';
import type { TextLine } from '../text-lines.ts';
import type { TokenRowResult } from '../token-row.ts';
import type { FileHead, FileRow, OpenedFile, TokenFormat } from './format.ts';

/** How the lines of one file are read. */
export interface LineReader {
  /** Filled lines in front of the first row. */
  readonly headingLines: number;
  readonly notes: readonly string[];
  /** Reads one filled line; `undefined`: a line that is no row (a comment). */
  read(text: string): TokenRowResult | undefined;
}

/** A format with one token a line. */
export interface LineFormat extends Pick<TokenFormat, 'name' | 'looks' | 'fit'> {
  /** Makes the reader of a file. Throws `FileProblem`. */
  reader(head: FileHead): LineReader;
}

/** Makes a token format of a line format: lines are streamed, over-long ones are given up. */
export function lineFormat(format: LineFormat): TokenFormat {
  return {
    name: format.name,
    looks: format.looks,
    fit: (head) => format.fit(head),
    open({ file, encoding, lineCount, head }) {
      return new Promise<OpenedFile>((resolve) => {
        const reader = format.reader(head);
        resolve({ total: lineCount, notes: reader.notes, rows: readRows(readLines(file, encoding), reader) });
      });
    },
  };
}

/** The lines that have something in them; the hint of a separator that spreadsheets write is dropped. */
export async function* filledLines(lines: AsyncIterable<TextLine>): AsyncGenerator<TextLine> {
  for await (const line of lines) {
    const isSpreadsheetHint = line.number === 1 && line.text?.startsWith('sep=') === true;
    if (line.text?.trim() !== '' && !isSpreadsheetHint) yield line;
  }
}

async function* readRows(lines: AsyncIterable<TextLine>, reader: LineReader): AsyncGenerator<FileRow> {
  let headings = reader.headingLines;
  for await (const { number, text } of filledLines(lines)) {
    if (headings > 0) {
      headings -= 1;
      continue;
    }
    const result = text === undefined ? tooLong : reader.read(text);
    if (result !== undefined) yield { line: number, result };
  }
}

const tooLong: TokenRowResult = { kind: 'bad', serial: '', reason: 'the line is too long' };
