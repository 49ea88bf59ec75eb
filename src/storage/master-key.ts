import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { causeOf } from '../lib/file-cause.ts';
import type { Random } from '../lib/random.ts';
import { Secret } from '../lib/secret.ts';
import { ensurePrivateFolder } from './private-folder.ts';
import { StorageError } from './storage-error.ts';

const KEY_OCTETS = 32;

/** Where the master key may come from. */
export interface MasterKeySource {
  /** The text of `SALLYPORT_MASTER_KEY`, when it is set: 32 octets as base64 or hexadecimal. It wins over the file. */
  readonly environmentValue?: string | undefined;
  /** The key file: the same text on one line, readable by its owner only. */
  readonly file: string;
  readonly random: Random;
  /** Whether a missing file is made (a first start) or an error (a key that was there before). */
  readonly mayCreate: boolean;
}

/** The master key, and whether it was made just now (then the operator is told to keep a copy). */
export interface LoadedMasterKey {
  readonly key: Secret;
  readonly origin: 'environment' | 'file' | 'created';
}

/**
 * The 32 octets from which every other key is derived. Throws a `StorageError`: `master-key-missing`,
 * `master-key-invalid` (wrong length or no such text), `master-key-exposed` (others may read the file),
 * `directory-unusable`.
 */
export function loadMasterKey(source: MasterKeySource): LoadedMasterKey {
  if (source.environmentValue !== undefined && source.environmentValue !== '') {
    return { key: parseKey(source.environmentValue, 'SALLYPORT_MASTER_KEY'), origin: 'environment' };
  }
  const key = readKeyFile(source.file);
  if (key !== undefined) return { key, origin: 'file' };
  if (!source.mayCreate) throw missing(source.file);
  return createKeyFile(source.file, source.random);
}

function readKeyFile(file: string): Secret | undefined {
  const descriptor = openIfPresent(file);
  if (descriptor === undefined) return undefined;
  try {
    refuseExposed(descriptor, file);
    return parseKey(readFileSync(descriptor, 'latin1'), file);
  } finally {
    closeSync(descriptor);
  }
}

function openIfPresent(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StorageError('master-key-missing', `The key file ${file} cannot be read (${causeOf(error)}).`, {
      cause: error,
    });
  }
}

function refuseExposed(descriptor: number, file: string): void {
  if ((fstatSync(descriptor).mode & 0o077) === 0) return;
  throw new StorageError(
    'master-key-exposed',
    `The key file ${file} can be read by others. Take their access away (chmod 600 ${file}); if anyone may have read it, change the key.`,
  );
}

/** Made under another name and linked into place, so that no reader ever sees half a key and two starts agree on one. */
function createKeyFile(file: string, random: Random): LoadedMasterKey {
  const draft = `${file}.${random.octets(6).toString('hex')}`;
  const octets = random.octets(KEY_OCTETS);
  try {
    ensurePrivateFolder(dirname(file));
    writeDurably(draft, `${octets.toString('base64')}\n`);
    linkSync(draft, file);
    syncDirectory(dirname(file));
    return { key: Secret.fromOctets(octets), origin: 'created' };
  } catch (error) {
    const present = (error as NodeJS.ErrnoException).code === 'EEXIST' ? readKeyFile(file) : undefined;
    if (present !== undefined) return { key: present, origin: 'file' };
    if (error instanceof StorageError) throw error;
    throw new StorageError('directory-unusable', `The key file ${file} cannot be made: ${reasonOf(error)}.`, {
      cause: error,
    });
  } finally {
    removeDraft(draft);
  }
}

function writeDurably(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    fchmodSync(descriptor, 0o600);
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeDraft(draft: string): void {
  try {
    unlinkSync(draft);
  } catch {
    // It was never made: the error that says why is on its way.
  }
}

function parseKey(text: string, where: string): Secret {
  const written = text.trim();
  const octets = decode(written);
  if (octets?.length === KEY_OCTETS) return Secret.fromOctets(octets);
  throw new StorageError(
    'master-key-invalid',
    `The master key in ${where} is not 32 octets written as base64 (44 characters) or hexadecimal (64 characters).`,
  );
}

function decode(written: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(written)) return Buffer.from(written, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(written)) return Buffer.from(written, 'base64');
  return undefined;
}

function missing(file: string): StorageError {
  return new StorageError(
    'master-key-missing',
    `There is a database but no master key: put the key file back at ${file}, or set SALLYPORT_MASTER_KEY. Without it the tokens cannot be read.`,
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
