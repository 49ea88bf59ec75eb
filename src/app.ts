import { join } from 'node:path';
import { createDecide, type AccessSettings, type DeliverySettings } from './access/index.ts';
import { createOpenFactors, createSecondDoor, createStateTokens, type OpenFactors } from './challenge/index.ts';
import { diffConfig, type Config, type ConfigChange } from './config/index.ts';
import type { Console } from './console/index.ts';
import { passcodeFactors } from './factors/index.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import { createPromMetrics } from './lib/prom-metrics.ts';
import type { Random } from './lib/random.ts';
import { Secret } from './lib/secret.ts';
import { createPlans } from './policy/index.ts';
import { createPinVerifier } from './primary/index.ts';
import { createPrimaries, type Primaries } from './primaries.ts';
import { dumpPacket, loadDictionary } from './radius/index.ts';
import { createServer } from './server/index.ts';
import { createMemorySessions, deriveKey, openSqliteStorage, type Storage } from './storage/index.ts';

/** What the program is built on. */
export interface AppDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** 32 octets from which every other key is derived. */
  readonly masterKey: Secret;
}

/** Where a running program answers. */
export interface Addresses {
  readonly radius: readonly { readonly address: string; readonly port: number }[];
  readonly console?: { readonly address: string; readonly port: number };
}

/** The running program. */
export interface App {
  readonly addresses: Addresses;
  /** The same stores the server reads, for `demo` and tests. */
  readonly storage: Storage;
  /** Puts another configuration in force as far as that goes without a restart; gives what differs. */
  reload(config: Config): Promise<readonly ConfigChange[]>;
  /** Takes no new requests, answers those it has, then closes everything. */
  stop(): Promise<void>;
}

const DICTIONARIES = join(import.meta.dirname, '..', 'dictionaries');

/**
 * Builds every room and starts them, stores first, listeners last: the console says "not ready" before they listen and
 * while they drain. On failure nothing stays open.
 */
export async function startApp(config: Config, deps: AppDeps): Promise<App> {
  const { clock, random, logger, masterKey } = deps;
  const metrics = createPromMetrics();
  const dictionary = loadDictionary(DICTIONARIES);
  const started: (() => Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const stop of started.splice(0).reverse()) await stop();
  };
  try {
    const storage = await openSqliteStorage({ file: config.storage.file }, { clock, random, logger, masterKey });
    started.push(() => storage.close());
    metrics.gauge('storage_healthy', '1 when the last write reached the disk', () =>
      Number(storage.health().isHealthy),
    );

    const primaries = createPrimaries({
      ...{ clock, random, logger, metrics, directory: storage.directory },
      saltedTypes: dictionary.saltedVendorTypes(),
    });
    await primaries.replace(config.primaries);
    started.push(() => primaries.stop());

    const sessions = createMemorySessions({ maxPending: config.sessions.maxPending }, { clock });
    metrics.gauge('challenges_pending', 'Challenges waiting for an answer', () => sessions.pending());
    const stateKey = Secret.fromOctets(deriveKey(masterKey, 'state'));
    const open = createOpenFactors({ maxOpen: config.sessions.maxPending }, { clock, random });
    metrics.gauge('factors_open', 'Passcodes and questions that are out and not answered', () => open.count());
    const settingsNow = (next: Config): AccessSettings => settingsOf(next, { primaries, clock, open });
    let settings = settingsNow(config);
    const decide = createDecide({
      serverId: config.server.id,
      clock,
      random,
      logger,
      directory: storage.directory,
      ledger: storage.ledger,
      sessions,
      states: createStateTokens({ owner: config.server.id, key: stateKey, random }),
      open,
      createCall: () => {
        throw new Error('calls are not wired');
      },
      verifyPin: createPinVerifier(),
      codeDigest: (userId, text) => storage.codeDigest(userId, text),
      enrolments: undefined,
      settings: () => settings,
    });

    const server = createServer(
      { clock, random, logger, metrics, decide, dumpPacket: (packet) => dumpPacket(packet, dictionary) },
      { listen: config.server.listen, clients: config.clients },
    );
    const isListening = () => server.isListening();
    const http = await createHttp(config, { clock, logger, metrics, storage, isListening });
    const consoleAddress = await http?.start();
    if (http !== undefined) started.push(() => http.stop());
    const radius = await server.start();
    started.push(() => server.stop());

    let running = config;
    return {
      addresses: { radius, ...(consoleAddress && { console: consoleAddress }) },
      storage,
      stop: stopAll,
      async reload(next) {
        const changes = diffConfig(running, next);
        await primaries.replace(next.primaries);
        settings = settingsNow(next);
        server.replaceClients(next.clients);
        const { server: bound, storage: opened, sessions: kept, console: shown } = running;
        const log = { ...next.log, format: running.log.format };
        running = { ...next, server: bound, storage: opened, sessions: kept, console: shown, log };
        return changes;
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

interface SettingsParts {
  readonly primaries: Primaries;
  readonly clock: Clock;
  readonly open: OpenFactors;
}

function settingsOf(config: Config, { primaries, clock, open }: SettingsParts): AccessSettings {
  const factors = passcodeFactors(config.factors);
  const passwordless = Object.entries(config.primaries).filter(([, { type }]) => type === 'none');
  return {
    plans: createPlans(config.policies, config.factors),
    primaries: primaries.current(),
    passwordless: new Set(passwordless.map(([name]) => name)),
    factors,
    secondDoor: createSecondDoor({ clock, factors, open }),
    desk: undefined,
    delivery: deliveryOf(config),
    auditFields: config.audit.fields,
  };
}

function deliveryOf({ factors }: Config): DeliverySettings {
  const { sms, call, email, push, totp, language } = factors;
  return {
    issuer: totp.issuer,
    language,
    sms: { ttlMs: sms.ttlSeconds * 1_000, mode: sms.mode },
    call: { ttlMs: call.ttlSeconds * 1_000, mode: call.mode },
    email: { ttlMs: email.ttlSeconds * 1_000 },
    push: { ...push, ttlMs: push.ttlSeconds * 1_000 },
  };
}

interface HttpDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ReturnType<typeof createPromMetrics>;
  readonly storage: Storage;
  readonly isListening: () => boolean;
}

async function createHttp(config: Config, deps: HttpDeps): Promise<Console | undefined> {
  if (config.console === undefined) return undefined;
  const { createConsole } = await import('./console/index.ts');
  const readiness = [
    { name: 'listeners', check: () => (deps.isListening() ? undefined : 'not listening for RADIUS requests') },
    {
      name: 'storage',
      check: () => {
        const health = deps.storage.health();
        return health.isHealthy ? undefined : health.problem;
      },
    },
  ];
  const { clock, logger, metrics } = deps;
  const shown = { clock, logger, counters: metrics, metrics, readiness, callbacks: () => [] };
  return createConsole(shown, config.console);
}
