import { existsSync } from 'node:fs';
import type { Config } from '../config/index.ts';
import { FactorError } from '../factors/index.ts';
import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { createSystemRandom } from '../lib/random.ts';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import { loadMasterKey, openSqliteStorage, StorageError } from '../storage/index.ts';
import type { Storage } from '../storage/index.ts';
import { masterKeyFile, requireConfiguration } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { printable } from './safe-text.ts';

/** What a command that works on the store is given. */
export interface StoreContext {
  readonly config: Config;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  /** What other keys are derived from. */
  readonly masterKey: Secret;
}

/**
 * Opens the store of the configuration for one command and closes it again. Problems that an operator can cause are
 * printed: 2 for a configuration that does not load, 1 for a store that does not open or refuses what was asked.
 * `mayCreate`: a missing database is made, with its master key; commands that only look or change make none.
 */
export async function withStore(
  args: ConfigArguments,
  io: CliIo,
  use: (context: StoreContext) => Promise<ExitStatus>,
  { mayCreate = false }: { readonly mayCreate?: boolean } = {},
): Promise<ExitStatus> {
  const config = requireConfiguration(args, io);
  if (config === undefined) return 2;
  if (!mayCreate && !existsSync(config.storage.file)) {
    io.err(`There is no database yet at ${config.storage.file}: sallyport user add NAME makes it, or the first start.`);
    return 1;
  }
  const random = createSystemRandom();
  try {
    const masterKey = openMasterKey(config, io, random);
    const storage = await openSqliteStorage(
      { file: config.storage.file, writer: 'on-demand' },
      { masterKey, clock: systemClock, random, logger: errorsOnly(io) },
    );
    try {
      return await use({ config, storage, clock: systemClock, random, masterKey });
    } finally {
      await storage.close();
    }
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof FactorError)) throw error;
    io.err(printable(error.message));
    return 1;
  }
}

// A key is made only together with the database: a database without its key is an operator's mistake to be told.
function openMasterKey(config: Config, io: CliIo, random: Random): Secret {
  const file = masterKeyFile(config.server.dataDir);
  const mayCreate = !existsSync(config.storage.file);
  const environmentValue = io.env['SALLYPORT_MASTER_KEY'];
  const { key, origin } = loadMasterKey({ environmentValue, file, random, mayCreate });
  if (origin === 'created')
    io.err(`A master key was made: ${file}. Keep a copy of it; without it no token can be read.`);
  return key;
}

function errorsOnly(io: CliIo) {
  const print = (_: object, message: string) => io.err(message);
  return { ...silentLogger, warn: print, error: print };
}
