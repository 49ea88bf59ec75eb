import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import { startApp, type App } from '../app.ts';
import { formatProblem, loadConfig, type Config, type LoadResult } from '../config/index.ts';
import { systemClock } from '../lib/clock.ts';
import { collectGarbage } from '../lib/collect-garbage.ts';
import { createLogger, type ProgramLogger } from '../lib/pino-logger.ts';
import { createSystemRandom, type Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import { loadMasterKey } from '../storage/index.ts';
import { configOption, masterKeyFile, secretSources, type ConfigArguments } from './configuration.ts';
import { handler, type CliIo, type ExitStatus } from './io.ts';
import { watchSignals } from './signals.ts';

export const command: CommandModule<object, ConfigArguments> = {
  command: 'serve',
  describe: 'Answer RADIUS clients',
  builder: configOption,
  handler: handler<ArgumentsCamelCase<ConfigArguments>>(serve),
};

/** Runs the server until SIGTERM or SIGINT; SIGHUP reads the configuration again. */
export async function serve(args: ConfigArguments, io: CliIo): Promise<ExitStatus> {
  const startedMs = systemClock.monotonicMs();
  const signals = watchSignals();
  const file = resolve(io.cwd, args.config);
  const loaded = loadConfig(file, secretSources(io, { mayGenerate: true }));
  if (loaded.kind === 'invalid') return refuse(loaded, io);
  const { config } = loaded;
  const logger = await createLogger(config.log, systemClock);
  const random = createSystemRandom();
  let app: App;
  try {
    const masterKey = openMasterKey(config, { io, logger, random });
    app = await startApp(config, { clock: systemClock, random, logger, masterKey });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    logger.error(isForeseen(error) ? { code: error.code, problem } : { error }, 'the server cannot start');
    logger.flush();
    io.err(`sallyport: ${problem}`);
    return 1;
  }
  await tellReady(app, loaded, logger, systemClock.monotonicMs() - startedMs);
  signals.onHangUp(() => reload(app, { file, io, logger }));
  const signal = await signals.stopping;
  logger.info({ signal }, 'stopping: requests being worked on are answered first');
  await signals.ignoreHangUp();
  await app.stop();
  logger.info({}, 'stopped');
  logger.flush();
  return 0;
}

// A port in use, a lost key: the message says all of it, and where in the code it was noticed helps nobody.
function isForeseen(error: unknown): error is Error & { readonly code: unknown } {
  return error instanceof Error && 'code' in error && /^(Console|Server|Storage)Error$/.test(error.name);
}

function refuse(loaded: LoadResult & { kind: 'invalid' }, io: CliIo): ExitStatus {
  for (const problem of loaded.problems) io.err(formatProblem(problem));
  return 2;
}

// A key is made only together with the database: a database without its key is an operator's mistake to be told.
function openMasterKey(
  config: Config,
  { io, logger, random }: { io: CliIo; logger: ProgramLogger; random: Random },
): Secret {
  const file = masterKeyFile(config.server.dataDir);
  const mayCreate = !existsSync(config.storage.file);
  const environmentValue = io.env['SALLYPORT_MASTER_KEY'];
  const { key, origin } = loadMasterKey({ environmentValue, file, random, mayCreate });
  if (origin === 'created') logger.warn({ file }, 'made a master key: keep a copy in a safe place');
  return key;
}

async function tellReady(
  app: App,
  loaded: LoadResult & { kind: 'loaded' },
  logger: ProgramLogger,
  startMs: number,
): Promise<void> {
  const { config } = loaded;
  tellFindings(loaded, logger);
  const users = await app.storage.users.countUsers();
  if (users === 0) logger.warn({}, 'there are no users yet: sallyport user add NAME, then sallyport token add NAME');
  const listening = app.addresses.radius;
  collectGarbage();
  const fields = {
    server: config.server.id,
    listening,
    console: app.addresses.console,
    clients: config.clients.length,
    users,
    pid: process.pid,
    startMs: Math.round(startMs),
  };
  logger.info(
    fields,
    `ready on ${listening.map(({ protocol, address, port }) => `${address}:${port}/${protocol}`).join(', ')}`,
  );
  logger.flush();
}

function tellFindings({ warnings, generated }: LoadResult & { kind: 'loaded' }, logger: ProgramLogger): void {
  for (const { path, file } of generated) {
    const isKey = path.startsWith('console.');
    const whose = isKey ? 'made an API key: give it to its program' : 'made a shared secret: set it on the client too';
    logger.warn({ path, file }, whose);
  }
  for (const warning of warnings) logger.warn({ path: warning.path }, formatProblem(warning));
}

interface ReloadOptions {
  readonly file: string;
  readonly io: CliIo;
  readonly logger: ProgramLogger;
}

async function reload(app: App, { file, io, logger }: ReloadOptions): Promise<void> {
  const loaded = loadConfig(file, secretSources(io, { mayGenerate: true }));
  if (loaded.kind === 'invalid') {
    const problems = loaded.problems.map(formatProblem);
    logger.error({ problems }, 'the new configuration is invalid: the running one stays in force');
    return;
  }
  try {
    tellFindings(loaded, logger);
    const changes = await app.reload(loaded.config);
    logger.setLevel(loaded.config.log.level);
    for (const { description, needsRestart } of changes) {
      if (needsRestart) logger.warn({ needsRestart }, `needs a restart: ${description}`);
      else logger.info({ needsRestart }, `changed: ${description}`);
    }
    logger.info({ changes: changes.length }, 'configuration read again');
  } catch (error) {
    logger.error({ error }, 'the new configuration could not be put in force: the running one stays');
  }
}
