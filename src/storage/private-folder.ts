import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from './storage-error.ts';

/** Makes a folder (mode 0700), and those it lies in, when it is absent. Throws `directory-unusable`. */
export function ensurePrivateFolder(folder: string): void {
  try {
    make(folder);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new StorageError('directory-unusable', `The folder ${folder} cannot be made: ${detail}.`, { cause: error });
  }
}

// Not `recursive: true`: Node 24 never returns from that where the kernel refuses with ENOENT in a folder that exists (/proc).
function make(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (!existsSync(parent)) make(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
