import { createReadStream } from 'node:fs';

/** How the text of a file is encoded. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'windows-1252';

/** What a first look at a file finds. */
export interface TextSurvey {
  readonly encoding: TextEncoding;
  /** Line ends in it, for progress. */
  readonly lines: number;
}

/** One line of a file, without its end, counted from 1; `undefined` text: longer than any sensible line. */
export interface TextLine {
  readonly number: number;
  readonly text: string | undefined;
}

const MAX_LINE_CHARACTERS = 65_536;
const LINE_FEED = 0x0a;

/**
 * Reads a file through once: UTF-16 by its mark, UTF-8 where everything fits it, else what spreadsheets on Windows write
 * for Western languages (Latin-1 with a few more characters).
 */
export async function surveyText(file: string): Promise<TextSurvey> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let head: Buffer | undefined;
  let lines = 0;
  let isUtf8 = true;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    head ??= chunk.subarray(0, 2);
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) lines += 1;
    isUtf8 = isUtf8 && decodes(() => decoder.decode(chunk, { stream: true }));
  }
  isUtf8 = isUtf8 && decodes(() => decoder.decode());
  if (head?.equals(Buffer.of(0xff, 0xfe)) === true) return { encoding: 'utf-16le', lines };
  return { encoding: isUtf8 ? 'utf-8' : 'windows-1252', lines };
}

/** Streams the lines of a text file, whatever ends them (LF, CRLF, CR); a byte order mark is dropped. */
export async function* readLines(file: string, encoding: TextEncoding): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder(encoding);
  let rest = '';
  let isCut = false;
  let number = 0;
  const take = (text: string): TextLine => {
    const line = { number: (number += 1), text: isCut ? undefined : text };
    isCut = false;
    return line;
  };
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    const pieces = splitLines(rest + decoder.decode(chunk, { stream: true }));
    rest = pieces.pop() ?? '';
    for (const piece of pieces) yield take(piece);
    if (rest.length <= MAX_LINE_CHARACTERS) continue;
    isCut = true;
    rest = '';
  }
  rest += decoder.decode();
  for (const piece of rest.endsWith('\r') ? [rest.slice(0, -1)] : [rest]) {
    if (piece !== '' || isCut) yield take(piece);
  }
}

// A CR at the very end may be half of a CRLF: it stays with the rest.
function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r(?!$)/);
}

function decodes(decode: () => string): boolean {
  try {
    decode();
    return true;
  } catch {
    return false;
  }
}
