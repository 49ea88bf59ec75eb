import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Random } from '../lib/random.ts';

// 24 octets are 32 characters of base64url: twice the length asked of a shared secret, and no NAS is known to refuse it.
const SECRET_OCTETS = 24;

/**
 * Makes a file (mode 0600) with a fresh secret as one line of text, and its folder (mode 0700) if need be. The file
 * appears whole or not at all; one that is there already is left alone. Throws the file system's error.
 */
export function makeSecretFile(file: string, random: Random): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${random.octets(6).toString('hex')}.new`;
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, `${random.octets(SECRET_OCTETS).toString('base64url')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  publish(draft, file);
}

// A link, not a rename: of two servers that start at once, both go on with the secret of the first.
function publish(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(draft);
  }
}
