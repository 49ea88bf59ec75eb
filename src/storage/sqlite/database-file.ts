import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from '../storage-error.ts';

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
  closeSync(openExclusive(draft));
  try {
    await fill(draft);
    syncPath(draft);
    linkIfAbsent(draft, file);
    syncPath(dirname(file));
  } finally {
    for (const path of [draft, `${draft}-wal`, `${draft}-shm`]) rmSync(path, { force: true });
  }
}

/**
 * Refuses an empty file: SQLite would take it for a new database, and every user would be gone. (Only its size is
 * looked at: opening and closing the file here would drop the locks another connection of this process has on it.)
 */
export function refuseEmpty(file: string): void {
  if (statSync(file).size === 0) throw damaged(file, 'is empty');
}

/** Whether others than the owner may read the file. */
export function isExposed(file: string): boolean {
  return (statSync(file).mode & 0o077) !== 0;
}

/** `database-damaged` with what to do about it. */
export function damaged(file: string, what: string): StorageError {
  return new StorageError(
    'database-damaged',
    `The database ${file} ${what}. Move it away together with its -wal and -shm files, keep them for inspection, and restore a backup.`,
  );
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
