import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dictionary } from './dictionary.ts';
import { readDictionary } from './read.ts';

/**
 * The dictionary of a directory: its file `dictionary` and whatever that includes.
 * Throws `DictionaryError`, also when a file is missing or unreadable.
 */
export function loadDictionary(directory: string): Dictionary {
  return readDictionary(join(directory, 'dictionary'), readFileIfThere);
}

function readFileIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
