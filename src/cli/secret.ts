import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { readDataPlaces } from '../config/index.ts';
import type { DataPlaces } from '../config/index.ts';
import { createSystemRandom } from '../lib/random.ts';
import { loadMasterKey, StorageError } from '../storage/index.ts';
import type { LoadedMasterKey } from '../storage/index.ts';
import { configOption, encryptSecret, masterKeyFile } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler, readSecret } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';

/** Seals a secret under the master key and prints what stands for it in the configuration. */
export async function runSecretEncrypt(args: ConfigArguments, io: CliIo): Promise<ExitStatus> {
  const places = readDataPlaces(resolve(io.cwd, args.config));
  if (places === undefined) {
    io.err(`${args.config} does not say where the master key is: \`sallyport check\` says what is wrong with it.`);
    return 2;
  }
  const secret = await readSecret(io, 'Secret:');
  if (secret === undefined) {
    io.err('No secret was given: type it at the prompt, or give up to 4096 octets on standard input.');
    return 2;
  }
  try {
    const masterKey = openMasterKey(places, io);
    const encrypted = encryptSecret(secret, masterKey.key, createSystemRandom());
    if (masterKey.origin === 'created') io.err(newKeyNotice(places));
    io.out(`{ encrypted: ${encrypted} }`);
    return 0;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    io.err(error.message);
    return 1;
  }
}

// A key is only ever made where no database needs the one that is missing.
function openMasterKey({ dataDir, database }: DataPlaces, io: CliIo): LoadedMasterKey {
  return loadMasterKey({
    environmentValue: io.env['SALLYPORT_MASTER_KEY'],
    file: masterKeyFile(dataDir),
    random: createSystemRandom(),
    mayCreate: !existsSync(database),
  });
}

function newKeyNotice({ dataDir }: DataPlaces): string {
  return `A master key was made in ${masterKeyFile(dataDir)}: keep a copy, nothing that is encrypted opens without it.`;
}

const encrypt: CommandModule<object, ConfigArguments> = {
  command: 'encrypt',
  describe: 'Read a secret from a prompt or standard input, print it encrypted for the configuration',
  builder: (yargs) => yargs.options(configOption),
  handler: handler(runSecretEncrypt),
};

/** `sallyport secret encrypt`. */
export const command: CommandModule = {
  command: 'secret <command>',
  describe: 'Secrets of the configuration',
  builder: (yargs) => yargs.command(encrypt).demandCommand(1, 'Which command? See sallyport secret --help.').strict(),
  handler: () => undefined,
};
