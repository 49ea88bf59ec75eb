import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from '../storage-error.ts';

// https://sqlite.org/fileformat.html#the_database_header
const HEADER_OCTETS = 100;
const MAGIC = 'SQLite format 3\u0000';
const PAGE_SIZE_AT = 16;
const PAGE_COUNT_AT = 28;

/** Makes the data directory (mode 0700) when it is absent. Throws `directory-unusable`. */
export function ensureDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StorageError('directory-unusable', `The data directory ${directory} cannot be made: ${textOf(error)}.`, {
      cause: error,
    });
  }
}

/** Whether there is a database, whole or not. */
export function isPresent(file: string): boolean {
  return existsSync(file);
}

/**
 * Makes a database so that it is either there whole or not at all: `fill` makes it under another name, and that is linked
 * into place. When another process was faster, its database stays. Throws a `StorageError` or what `fill` throws.
 */
export async function createWhole(file: string, suffix: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${file}.new-${suffix}`;
  try {
    closeSync(openExclusive(draft));
    await fill(draft);
    syncPath(draft);
    linkIfAbsent(draft, file);
    syncPath(dirname(file));
  } finally {
    for (const path of [draft, `${draft}-wal`, `${draft}-shm`]) rmSync(path, { force: true });
  }
}

/**
 * Refuses what cannot be the whole of a database before SQLite opens it: empty, no SQLite header, shorter than
 * its header says. (With a write-ahead log beside it the file may rightly be shorter.) Throws `database-damaged`.
 */
export function refuseTorn(file: string): void {
  const octets = statSync(file).size;
  if (octets === 0) throw damaged(file, 'is empty');
  const header = readHeader(file);
  if (header.length < HEADER_OCTETS || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw damaged(file, 'is not a database');
  }
  const written = header.readUInt16BE(PAGE_SIZE_AT);
  const pageOctets = written === 1 ? 65_536 : written;
  const expected = header.readUInt32BE(PAGE_COUNT_AT) * pageOctets;
  if (octets < expected && !hasWriteAheadLog(file))
    throw damaged(file, `was cut off at ${octets} of ${expected} octets`);
}

/** `database-damaged` with what to do about it. */
export function damaged(file: string, what: string): StorageError {
  return new StorageError(
    'database-damaged',
    `The database ${file} ${what}. Move it away together with its -wal and -shm files, keep them for inspection, and restore a backup.`,
  );
}

function hasWriteAheadLog(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function readHeader(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const header = Buffer.alloc(HEADER_OCTETS);
    return header.subarray(0, readSync(descriptor, header, 0, HEADER_OCTETS, 0));
  } finally {
    closeSync(descriptor);
  }
}

// SQLite gives the write-ahead log the mode of the database, so setting it before the first write covers both.
function openExclusive(draft: string): number {
  try {
    const descriptor = openSync(draft, 'wx', 0o600);
    chmodSync(draft, 0o600);
    return descriptor;
  } catch (error) {
    const directory = dirname(draft);
    throw new StorageError(
      'directory-unusable',
      `The data directory ${directory} cannot be written: ${textOf(error)}.`,
      {
        cause: error,
      },
    );
  }
}

function linkIfAbsent(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
