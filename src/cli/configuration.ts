import { join, resolve } from 'node:path';
import { formatProblem, loadConfig, processEnvironment } from '../config/index.ts';
import type { Config, LoadResult, Problem, SecretSources } from '../config/index.ts';
import { createAttributeBook } from '../policies.ts';
import { createSystemRandom } from '../lib/random.ts';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import { createSecretBox, loadMasterKey } from '../storage/index.ts';
import type { CliIo } from './io.ts';

const DEFAULT_FILE = 'config/sallyport.yaml';
const ENCRYPTED_PURPOSE = 'config';
const ENCRYPTED_IDENTITY = 'secret';

/** What every command's arguments hold. */
export interface ConfigArguments {
  readonly config: string;
}

/** `--config FILE`, for yargs' `option()`. */
export const configOption = {
  config: {
    type: 'string',
    describe: 'The configuration file',
    default: DEFAULT_FILE,
    requiresArg: true,
  },
} as const;

/** `--config FILE` of a command that reads none: taken, because every command takes it, and of no effect. */
export const unreadConfigOption = {
  config: { type: 'string', describe: 'Not read by this command', requiresArg: true },
} as const;

/** The file that holds the master key where `SALLYPORT_MASTER_KEY` is not set. */
export function masterKeyFile(dataDir: string): string {
  return join(dataDir, 'master.key');
}

/**
 * What a configuration takes from this machine: variables, host name, the master key for encrypted secrets.
 * `mayGenerate`: missing `{ generate }` secrets are made (`serve` alone).
 */
export function secretSources(io: CliIo, options: { readonly mayGenerate: boolean }): SecretSources {
  const random = createSystemRandom();
  return {
    env: io.env,
    hostname: processEnvironment().hostname,
    random: options.mayGenerate ? random : undefined,
    attributes: createAttributeBook(),
    decrypt: (encrypted, { dataDir }) => decryptSecret(encrypted, readMasterKey(io, dataDir, random), random),
  };
}

/** Reads the configuration; its name counts from the folder the command was called in, and is printed as it was given. */
export function readConfiguration({ config: file }: ConfigArguments, io: CliIo): LoadResult {
  const result = loadConfig(resolve(io.cwd, file), secretSources(io, { mayGenerate: false }));
  const named = (problems: readonly Problem[]) => problems.map((problem) => ({ ...problem, file }));
  if (result.kind === 'invalid') return { ...result, problems: named(result.problems) };
  return { ...result, warnings: named(result.warnings) };
}

/** The configuration for a command that needs it; with problems they are printed and it is `undefined` (exit status 2). */
export function requireConfiguration(args: ConfigArguments, io: CliIo): Config | undefined {
  const result = readConfiguration(args, io);
  if (result.kind === 'loaded') return result.config;
  for (const problem of result.problems) io.err(formatProblem(problem));
  return undefined;
}

/** The text for `{ encrypted: … }` that only this master key opens. */
export function encryptSecret(secret: Secret, masterKey: Secret, random: Random): string {
  return createSecretBox(masterKey, ENCRYPTED_PURPOSE, random).seal(secret, ENCRYPTED_IDENTITY).toString('base64url');
}

function decryptSecret(encrypted: string, masterKey: Secret, random: Random): Secret {
  const sealed = Buffer.from(encrypted, 'base64url');
  return createSecretBox(masterKey, ENCRYPTED_PURPOSE, random).open(sealed, ENCRYPTED_IDENTITY);
}

function readMasterKey(io: CliIo, dataDir: string, random: Random): Secret {
  const environmentValue = io.env['SALLYPORT_MASTER_KEY'];
  return loadMasterKey({ environmentValue, file: masterKeyFile(dataDir), random, mayCreate: false }).key;
}
