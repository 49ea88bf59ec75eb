import { startAccounting } from './accounting.ts';
import { createDecide, type AccessSettings, type Decide, type DeliverySettings } from './access/index.ts';
import { startWatch, type Watch } from './watch.ts';
import { createSecondDoor, createStateTokens } from './challenge/index.ts';
import { diffConfig, type Config, type ConfigChange } from './config/index.ts';
import { passcodeFactors } from './factors/index.ts';
import { createHttp } from './http.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics.ts';
import { createPromMetrics } from './lib/prom-metrics.ts';
import type { Random } from './lib/random.ts';
import { Secret } from './lib/secret.ts';
import { createOutside, type Outside } from './outside.ts';
import { factorlessOf, loadOwnDictionary, plansOf, relaysOf } from './policies.ts';
import { createPinVerifier } from './primary/index.ts';
import { createPrimaries, readPhone, type Primaries } from './primaries.ts';
import { dumpPacket, type Dictionary } from './radius/index.ts';
import { accessLimitsOf, clientMarksOf } from './settings.ts';
import { createServer, type BoundAddress } from './server/index.ts';
import { createMemorySessions, createSecretBox, deriveKey, openSqliteStorage, type Storage } from './storage/index.ts';

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
  readonly radius: readonly BoundAddress[];
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

/**
 * Builds every room and starts them, stores first, listeners last: the console says "not ready" before they listen and
 * while they drain. On failure nothing stays open.
 */
export async function startApp(config: Config, deps: AppDeps): Promise<App> {
  const { clock, random, logger, masterKey } = deps;
  const metrics = createPromMetrics();
  const dictionary = loadOwnDictionary();
  const saltedTypes = dictionary.saltedVendorTypes();
  const started: (() => Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const stop of started.splice(0).reverse()) await stop();
  };
  try {
    const storage = await openStorage(config, deps, metrics);
    started.push(() => storage.close());
    let running = config;
    const primaries = createPrimaries({
      ...{ clock, random, logger, metrics, directory: storage.directory, people: storage.people, saltedTypes },
      loopMark: loopMarkOf(masterKey),
      readPhone: (text) => readPhone(text, running),
    });
    await primaries.replace(config.primaries);
    started.push(() => primaries.stop());

    const outside = createOutside({ ...{ clock, random, logger, metrics, masterKey, storage }, config: () => running });
    await outside.replace(config);
    started.push(() => outside.stop());
    const watch = startWatch({ ...deps, metrics, storage, outside, config: () => running });
    started.push(() => watch.stop());
    const parts = { primaries, clock, outside, storage, dictionary };
    let settings = settingsOf(config, parts);
    const decide = decideWith(config, { ...deps, metrics, storage, outside, watch, settings: () => settings });

    const accounting = await startAccounting(config, { ...deps, metrics, storage, loopMark: loopMarkOf(masterKey) });
    const { account } = accounting;
    started.push(() => accounting.stop());
    const server = createServer(
      { ...deps, metrics, decide, account, saltedTypes, dumpPacket: (packet) => dumpPacket(packet, dictionary) },
      { listen: config.server.listen, clients: config.clients },
    );
    const http = await createHttp({
      ...{ ...deps, metrics, storage, isListening: () => server.isListening() },
      callbacks: () => outside.callbacks(),
      channels: () => outside.channels(),
      prompts: () => outside.prompts(),
      ...(outside.openEnrolments && { enrolments: outside.openEnrolments }),
      config: () => running,
    });
    const consoleAddress = await http?.start();
    if (http !== undefined) started.push(() => http.stop());
    const radius = await server.start();
    started.push(() => server.stop());

    return {
      addresses: { radius, ...(consoleAddress && { console: consoleAddress }) },
      storage,
      stop: stopAll,
      async reload(next) {
        const changes = diffConfig(running, next);
        await primaries.replace(next.primaries);
        await outside.replace(next);
        await accounting.replace(next);
        settings = settingsOf(next, parts);
        server.replaceClients(next.clients);
        running = replaceable(running, next);
        return changes;
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function openStorage(config: Config, deps: AppDeps, metrics: Metrics): Promise<Storage> {
  const storage = await openSqliteStorage({ file: config.storage.file }, deps);
  metrics.gauge('storage_healthy', '1 when the last write reached the disk', () => Number(storage.health().isHealthy));
  return storage;
}

interface DecideParts extends AppDeps {
  readonly metrics: Metrics;
  readonly storage: Storage;
  readonly outside: Outside;
  readonly watch: Watch;
  readonly settings: () => AccessSettings;
}

function decideWith(config: Config, parts: DecideParts): Decide {
  const { clock, random, logger, masterKey, metrics, storage, outside, watch, settings } = parts;
  const sessions = createMemorySessions({ maxPending: config.sessions.maxPending }, { clock });
  metrics.gauge('challenges_pending', 'Challenges waiting for an answer', () => sessions.pending());
  const key = Secret.fromOctets(deriveKey(masterKey, 'state'));
  return createDecide({
    ...{ clock, random, logger, sessions, settings, openings: watch.openings, alerts: watch.alerts },
    serverId: config.server.id,
    directory: storage.directory,
    remembered: storage.remembered,
    people: storage.people,
    ledger: storage.ledger,
    loopMark: loopMarkOf(masterKey),
    states: createStateTokens({ owner: config.server.id, key, random }),
    open: outside.open,
    createCall: outside.createCall,
    verifyPin: createPinVerifier(),
    codeDigest: (userId, text) => storage.codeDigest(userId, text),
    enrolments: outside.enrolments,
    passwordBox: createSecretBox(masterKey, 'expired-password', random),
  });
}

const LOOP_MARK_OCTETS = 16;

// All servers of one master key know each other's requests again, also after a restart.
function loopMarkOf(masterKey: Secret): Buffer {
  return deriveKey(masterKey, 'loop').subarray(0, LOOP_MARK_OCTETS);
}

/** The next configuration as far as it takes effect without a restart. */
function replaceable(running: Config, next: Config): Config {
  const { server, storage, sessions, console: bound } = running;
  const shown = bound && { ...bound, apiKeys: next.console?.apiKeys ?? [] };
  return { ...next, server, storage, sessions, console: shown, log: { ...next.log, format: running.log.format } };
}

interface SettingsParts {
  readonly primaries: Primaries;
  readonly clock: Clock;
  readonly outside: Outside;
  readonly storage: Storage;
  readonly dictionary: Dictionary;
}

function settingsOf(config: Config, parts: SettingsParts): AccessSettings {
  const { primaries, clock, outside, storage, dictionary } = parts;
  const factors = passcodeFactors(config.factors);
  const passwordless = Object.entries(config.primaries).filter(([, { type }]) => type === 'none');
  return {
    plans: plansOf(config, dictionary),
    relays: relaysOf(config.clients, dictionary),
    primaries: primaries.current(),
    passwordless: new Set(passwordless.map(([name]) => name)),
    factorless: factorlessOf(config.policies),
    factors,
    secondDoor: createSecondDoor({ clock, factors, open: outside.open }),
    desk: outside.desk(config),
    delivery: deliveryOf(config),
    auditFields: config.audit.fields,
    limits: accessLimitsOf(config),
    clientMarks: clientMarksOf(config, (parts) => storage.remembered.digest(parts)),
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
