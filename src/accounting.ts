import {
  createAccount,
  createAccountingQueue,
  type Account,
  type AccountingNotice,
  type AccountingRelay,
  type AccountingStore,
} from './accounting/index.ts';
import { createLoopGuard, otherNames } from './access/index.ts';
import { isSameSetting, type Config, type RadiusPrimaryConfig } from './config/index.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics.ts';
import type { Random } from './lib/random.ts';
import { createAccountingRelay } from './primary/index.ts';
import type { RememberedStore } from './storage/index.ts';

/** What accounting is built on. */
export interface AccountingDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Proxy-State of what is relayed, by which it is known when it comes back. */
  readonly loopMark: Buffer;
  readonly storage: { readonly accounting: AccountingStore; readonly remembered: Pick<RememberedStore, 'end'> };
}

/** Accounting by the configuration in force. */
export interface Accounting {
  readonly account: Account;
  /** Starts relays that are new or changed, keeps the others, and stops what is gone. */
  replace(config: Config): Promise<void>;
  stop(): Promise<void>;
}

interface Running {
  readonly config: RadiusPrimaryConfig;
  readonly relay: AccountingRelay;
}

// Who logs out is asked for the second factor next time; whose line breaks is not. The NAS may name them with a domain
// that is taken off here: of everybody whose name it may be at this station.
function forgetWhoLeft(
  { isLogout, session, stationKey: station }: AccountingNotice,
  remembered: Pick<RememberedStore, 'end'>,
): void {
  const { username, client } = session;
  if (!isLogout || username === '') return;
  for (const name of [username, ...otherNames(username)]) void remembered.end({ username: name, client, station });
}

/** Accounting by that configuration; stop it. */
export async function startAccounting(config: Config, deps: AccountingDeps): Promise<Accounting> {
  const accounting = createAccounting(deps);
  try {
    await accounting.replace(config);
    return accounting;
  } catch (error) {
    await accounting.stop();
    throw error;
  }
}

function createAccounting(deps: AccountingDeps): Accounting {
  const { clock, random, logger, metrics, loopMark, storage } = deps;
  const { accounting: store } = storage;
  const notify = (notice: AccountingNotice): void => forgetWhoLeft(notice, storage.remembered);
  let running = new Map<string, Running>();
  let relays: ReadonlyMap<string, AccountingRelay> = new Map();
  let rules: Config['accounting'] = { queue: false, maxQueued: 0 };
  const queue = createAccountingQueue({ clock, random, logger, store, relays: () => relays });
  metrics.gauge('accounting_queued', 'Accounting-Requests on disk that wait for a home server', () =>
    store.queuedCount(),
  );
  return {
    account: createAccount({
      ...{ clock, logger, store, queue, notify },
      isLooped: createLoopGuard(deps),
      settings: () => ({ relays, ...rules }),
    }),
    async replace(config) {
      const next = new Map<string, Running>();
      for (const [name, primary] of homeServersOf(config)) {
        const present = running.get(name);
        const isKept = present !== undefined && isSameSetting(present.config, primary);
        const deps = { clock, random, logger, metrics, loopMark };
        const relay = isKept ? present.relay : createAccountingRelay({ ...primary, name }, deps);
        if (!isKept) await relay.start();
        next.set(name, { config: primary, relay });
      }
      const gone = [...running].filter(([name, { relay }]) => next.get(name)?.relay !== relay);
      running = next;
      relays = new Map([...next].map(([name, { relay }]) => [name, relay]));
      rules = config.accounting;
      await Promise.all(gone.map(([, { relay }]) => relay.stop()));
      queue.restart();
    },
    async stop() {
      const stopping = queue.stop();
      await Promise.all([...relays.values()].map((relay) => relay.stop()));
      await stopping;
    },
  };
}

function homeServersOf({ clients, primaries }: Config): Map<string, RadiusPrimaryConfig> {
  const names = new Set(clients.flatMap(({ accounting }) => accounting ?? []));
  const named = [...names].flatMap((name): [string, RadiusPrimaryConfig][] => {
    const primary = primaries[name];
    return primary?.type === 'radius' ? [[name, primary]] : [];
  });
  return new Map(named);
}
