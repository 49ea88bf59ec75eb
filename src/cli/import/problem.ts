import { statSync } from 'node:fs';
import { causeOf } from '../../lib/file-cause.ts';
import { printable } from '../safe-text.ts';

/** Why one row cannot be imported: a sentence without a full stop that quotes no secret. */
export class RowProblem extends Error {
  override readonly name = 'RowProblem';
}

/** Why a whole file cannot be read: a sentence without a full stop, to stand behind the name of the file. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
}

/** Refuses what cannot be read twice: a pipe would be empty the second time, a device never ends. Throws `FileProblem`. */
export function requireRegularFile(file: string): void {
  if (!statSync(file).isFile()) throw new FileProblem('it is no regular file');
}

/** Why a file could not be imported, to be printed; `undefined` for what is no fault of a file. */
export function fileComplaint(error: unknown, file: string): string | undefined {
  if (error instanceof FileProblem) return `${printable(file)}: ${printable(error.message)}.`;
  return unusableFile(error);
}

/** The file that the system refuses, and why, to be printed; `undefined` for any other error. */
export function unusableFile(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return undefined;
  return `${printable(String(error.path))} cannot be used: ${causeOf(error)}.`;
}
