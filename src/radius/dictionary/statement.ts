import { DictionaryError, type DictionaryErrorCode, type Place } from './error.ts';

/** One line that says something: a keyword and its arguments. */
export interface Statement extends Place {
  readonly keyword: string;
  readonly args: readonly string[];
}

/** The statements of a file, without blank lines and comments (from a word that starts with `#` to the line's end). */
export function* readStatements(text: string, file: string): Generator<Statement> {
  let line = 0;
  for (const written of text.split('\n')) {
    line += 1;
    const words = written.split(/\s+/).filter((word) => word !== '');
    const comment = words.findIndex((word) => word.startsWith('#'));
    const [keyword, ...args] = comment === -1 ? words : words.slice(0, comment);
    if (keyword !== undefined) yield { file, line, keyword, args };
  }
}

/** Ends reading at this statement. */
export function refuse(place: Place, code: DictionaryErrorCode, message: string): never {
  throw new DictionaryError(code, message, place);
}

/** The statement's arguments, if there are between `least` and `most` of them. */
export function expectArguments(statement: Statement, least: number, most = least): readonly string[] {
  const { args, keyword } = statement;
  if (args.length >= least && args.length <= most) return args;
  const wanted = least === most ? `${least}` : `${least} to ${most}`;
  return refuse(statement, 'bad-arguments', `${keyword} takes ${wanted} arguments, not ${args.length}`);
}

/** A number in decimal or, after `0x`, in hexadecimal, at most `most`. */
export function parseNumber(place: Place, text: string, most: number): number {
  const value = /^(?:\d+|0[xX][\dA-Fa-f]+)$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) return refuse(place, 'bad-number', `"${text}" is not a number`);
  if (value > most) return refuse(place, 'bad-number', `${text} is more than ${most}`);
  return value;
}

/** A name of an attribute or vendor: letters, digits, and `- _ . /` between them. */
export function parseName(place: Place, text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(text) && !text.startsWith('Attr-')) return text;
  return refuse(place, 'bad-name', `"${text}" cannot be a name`);
}
