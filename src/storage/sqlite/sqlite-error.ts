import { StorageError } from '../storage-error.ts';
import type { StorageErrorCode } from '../storage-error.ts';

// Primary result codes: https://sqlite.org/rescode.html
const problems: Readonly<Record<number, readonly [StorageErrorCode, string]>> = {
  5: ['busy', 'another process held the database for too long; look for a command or a backup that hangs'],
  6: ['busy', 'another process held the database for too long; look for a command or a backup that hangs'],
  8: [
    'read-only',
    'the database cannot be written; check the permissions of the file and its directory, and whether the disk is mounted read-only',
  ],
  10: ['io-failed', 'the disk reported an error; check the disk and the system log'],
  11: [
    'database-damaged',
    'the database is damaged; stop the server, keep the file for inspection, and restore a backup',
  ],
  13: ['disk-full', 'there is no room left to write; make room on the disk'],
  14: [
    'database-unusable',
    'the database cannot be opened; check that the path exists and belongs to the user the server runs as',
  ],
  26: [
    'database-damaged',
    'the file is not a database; stop the server, keep the file for inspection, and restore a backup',
  ],
};

const SQLITE_CONSTRAINT = 19;

// What the file system reports about the file itself, before SQLite sees it, as the primary code that means the same.
const systemProblems: Readonly<Record<string, number>> = { ENOSPC: 13, EDQUOT: 13, EROFS: 8, EIO: 10 };
const SQLITE_CANTOPEN = 14;

/** A `StorageError` for what SQLite reported about `file`; a `StorageError` is given back as it is. */
export function storageError(error: unknown, file: string): StorageError {
  if (error instanceof StorageError) return error;
  const [code, advice] = problems[primaryCode(error) ?? -1] ?? ['io-failed', 'an unexpected error'];
  const detail = error instanceof Error ? error.message : String(error);
  return new StorageError(code, `${file}: ${advice} (${detail}).`, { cause: error });
}

/** Whether a row was refused by a constraint (a name or serial that is taken). */
export function isConstraintError(error: unknown): boolean {
  return primaryCode(error) === SQLITE_CONSTRAINT;
}

function primaryCode(error: unknown): number | undefined {
  const { errcode, syscall, code } = error as { errcode?: unknown; syscall?: unknown; code?: unknown };
  if (typeof errcode === 'number') return errcode & 0xff;
  return typeof syscall === 'string' ? (systemProblems[String(code)] ?? SQLITE_CANTOPEN) : undefined;
}

/** Does `work` at once and reports what it gives or throws as a promise, errors as `StorageError`. */
export function settle<Result>(file: string, work: () => Result): Promise<Result> {
  return new Promise<Result>((resolve) => resolve(work())).catch((error: unknown) =>
    Promise.reject(storageError(error, file)),
  );
}
