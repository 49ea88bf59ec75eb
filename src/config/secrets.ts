import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Random } from '../lib/random.ts';
import { causeOf } from '../lib/file-cause.ts';
import { withoutLineEnd } from '../lib/line-end.ts';
import { Secret } from '../lib/secret.ts';
import type { AttributeBook } from './attribute-book.ts';
import type { Environment } from './environment.ts';
import { makeSecretFile } from './make-secret-file.ts';
import type { SecretInput } from './schema/index.ts';

/** What reading secrets needs of the world. */
export interface SecretSources extends Environment {
  /**
   * Opens what `sallyport secret encrypt` made. Throws when it cannot (no master key, made under another one); the
   * message is shown to the operator.
   */
  readonly decrypt?: ((encrypted: string, place: { readonly dataDir: string }) => Secret) | undefined;
  /** Makes missing `{ generate }` files: given by `serve` alone; without it they are only announced. */
  readonly random?: Random | undefined;
  /** What reply attributes are checked by; without it they are not. */
  readonly attributes?: AttributeBook | undefined;
}

/** A secret file that was made just now. */
export interface GeneratedSecret {
  /** As in `clients[0].secret`. */
  readonly path: string;
  readonly file: string;
}

/** A secret, or what stands in the way of it; `notes` are no errors, but worth a line. */
export type SecretResult =
  | {
      readonly kind: 'read';
      readonly secret: Secret;
      readonly notes: readonly string[];
      /** The file that was made for it. */
      readonly generatedFile?: string;
    }
  | { readonly kind: 'unreadable'; readonly message: string };

/** Where relative file names of a configuration count from, and how open that file is. */
export interface Folders {
  /** The configuration file's. */
  readonly base: string;
  readonly dataDir: string;
  /** Whether every user of the machine may read the configuration file. */
  readonly mayOthersRead: boolean;
}

const EXPOSED =
  'stands in a file that every user of this machine may read: chmod o= that file, or keep secrets elsewhere';

const MAX_OCTETS = 4096;
const MAX_FILE_OCTETS = MAX_OCTETS + 2;
const NOT_MADE_OCTETS = 32;
const VARIABLE_NAME = /^[A-Za-z_]\w*$/u;
/** Names nothing: what stands where a name belongs may be the secret itself. */
const NO_VARIABLE_NAME = 'env takes the name of an environment variable: letters, digits and _';

/** Reads one secret from where the configuration says it is. */
export function readSecretValue(input: SecretInput, sources: SecretSources, folders: Folders): SecretResult {
  if (typeof input === 'string') return read(Secret.fromText(input), ...(folders.mayOthersRead ? [EXPOSED] : []));
  if ('env' in input) return fromEnvironment(input.env, sources);
  if ('file' in input) return fromFile(resolve(folders.base, input.file));
  if ('encrypted' in input) return fromEncrypted(input.encrypted, sources, folders.dataDir);
  return fromGenerated(join(folders.dataDir, input.generate), sources.random);
}

function read(secret: Secret, ...notes: string[]): SecretResult {
  if (secret.length > MAX_OCTETS) return unreadable(`is longer than ${MAX_OCTETS} octets`);
  return { kind: 'read', secret, notes };
}

function unreadable(message: string): SecretResult {
  return { kind: 'unreadable', message };
}

function fromEnvironment(name: string, { env }: SecretSources): SecretResult {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined && !VARIABLE_NAME.test(name)) return unreadable(NO_VARIABLE_NAME);
  if (value === undefined) return unreadable(`the environment variable ${name} is not set`);
  return value === '' ? unreadable(`the environment variable ${name} is empty`) : read(Secret.fromText(value));
}

function fromFile(file: string): SecretResult {
  try {
    if (statSync(file).size > MAX_FILE_OCTETS) return unreadable(`the file ${file} is too long for a secret`);
    const octets = withoutLineEnd(readFileSync(file));
    if (octets.length === 0) return unreadable(`the file ${file} is empty`);
    const isOpen = (statSync(file).mode & 0o007) !== 0;
    const note = `every user of this machine may read the file ${file}: take their right away (chmod o= ${file})`;
    return read(Secret.fromOctets(octets), ...(isOpen ? [note] : []));
  } catch (error) {
    return unreadable(`the file ${file} cannot be read: ${causeOf(error)}`);
  }
}

function fromEncrypted(encrypted: string, { decrypt }: SecretSources, dataDir: string): SecretResult {
  if (decrypt === undefined) return unreadable('cannot be opened here: no master key is at hand');
  try {
    const secret = decrypt(encrypted, { dataDir });
    return secret.length === 0 ? unreadable('is empty once opened') : read(secret);
  } catch (error) {
    return unreadable(
      `cannot be opened: ${error instanceof Error ? error.message.replace(/\.$/, '') : 'unknown error'}`,
    );
  }
}

function fromGenerated(file: string, random: Random | undefined): SecretResult {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return fromFile(file);
  if (random === undefined) {
    const placeholder = Secret.fromOctets(Buffer.alloc(NOT_MADE_OCTETS));
    return read(placeholder, `the file ${file} is not there yet: the first start of \`serve\` makes it`);
  }
  try {
    makeSecretFile(file, random);
  } catch (error) {
    return unreadable(`the file ${file} cannot be made: ${causeOf(error)}`);
  }
  const result = fromFile(file);
  return result.kind === 'read' ? { ...result, generatedFile: file } : result;
}
