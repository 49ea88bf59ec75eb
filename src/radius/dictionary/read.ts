import { dirname, isAbsolute, join, normalize } from 'node:path';
import { DictionaryBuilder } from './builder.ts';
import type { Dictionary } from './dictionary.ts';
import { DictionaryError, type Place } from './error.ts';
import { expectArguments, readStatements, refuse, type Statement } from './statement.ts';
import { STATEMENTS, type FileState } from './statements.ts';

/** The text of a file; `undefined` if there is no such file; throws if it cannot be read. */
export type ReadFile = (path: string) => string | undefined;

interface Reader {
  readonly builder: DictionaryBuilder;
  readonly readFile: ReadFile;
  /** The files that are being read, the outermost first. */
  readonly open: string[];
}

/**
 * Reads a dictionary in FreeRADIUS' format, `path` and whatever it includes.
 * Throws `DictionaryError` for the first thing that is wrong.
 */
export function readDictionary(path: string, readFile: ReadFile): Dictionary {
  const reader: Reader = { builder: new DictionaryBuilder(), readFile, open: [] };
  const place = { file: path, line: 0 };
  const text = readText(reader, path, place);
  if (text === undefined) return refuse(place, 'unreadable-file', 'there is no such file');
  readInto(reader, normalize(path), text);
  return reader.builder.build();
}

function readInto(reader: Reader, path: string, text: string): void {
  const state: FileState = { builder: reader.builder, blocks: [], isInternal: false };
  reader.open.push(path);
  for (const statement of readStatements(text, path)) readOne(reader, state, statement);
  reader.open.pop();
  const left = state.blocks.at(-1);
  if (left !== undefined) refuse(left.opened, 'unbalanced-block', `BEGIN-${left.kind} ${left.name} is never ended`);
}

function readOne(reader: Reader, state: FileState, statement: Statement): void {
  const keyword = statement.keyword.toUpperCase();
  const read = STATEMENTS.get(keyword);
  if (read !== undefined) read(statement, state);
  else if (keyword === '$INCLUDE') include(reader, statement, false);
  else if (keyword === '$INCLUDE-') include(reader, statement, true);
  else refuse(statement, 'unknown-keyword', `unknown keyword "${statement.keyword}"`);
}

function include(reader: Reader, statement: Statement, isOptional: boolean): void {
  const [name = ''] = expectArguments(statement, 1);
  const path = isAbsolute(name) ? normalize(name) : join(dirname(statement.file), name);
  if (reader.open.includes(path)) refuse(statement, 'include-loop', `${name} includes itself`);
  const text = readText(reader, path, statement);
  if (text !== undefined) readInto(reader, path, text);
  else if (!isOptional) refuse(statement, 'unreadable-file', `there is no file ${name}`);
}

function readText(reader: Reader, path: string, place: Place): string | undefined {
  try {
    return reader.readFile(path);
  } catch (cause) {
    throw new DictionaryError('unreadable-file', `${path} cannot be read`, place, { cause });
  }
}
