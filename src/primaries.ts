import type { Directory } from './access/index.ts';
import { createDirectorySyncs } from './directories.ts';
import { isSameSetting, type Config, type PrimaryConfig } from './config/index.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics.ts';
import type { Random } from './lib/random.ts';
import type { SaltedVendorTypes } from './radius/index.ts';
import {
  createLdapPrimary,
  createLocalPrimary,
  createNonePrimary,
  createRadiusPrimary,
  withDirectory,
  type PeopleKeeper,
  type Primary,
  type ReadPhone,
} from './primary/index.ts';

/** What first doors are built on. */
export interface PrimariesDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly directory: Directory;
  /** Into whom directories are taken over. */
  readonly people: PeopleKeeper;
  /** Vendor attributes whose values are salted. */
  readonly saltedTypes: SaltedVendorTypes;
  /** Proxy-State of every login that is relayed. */
  readonly loopMark: Buffer;
  /** Phone numbers of directories. */
  readonly readPhone: ReadPhone;
}

/** The first doors of the configuration in force. */
export interface Primaries {
  /** By name; another map after each `replace`. */
  current(): ReadonlyMap<string, Primary>;
  /** Starts those that are new or changed, keeps the others, and stops what is gone once its questions had time. */
  replace(configs: Config['primaries']): Promise<void>;
  stop(): Promise<void>;
}

interface Running {
  readonly config: PrimaryConfig;
  readonly primary: Primary;
}

// A question to a home server is answered or given up within this time (the longest that a configuration allows).
const RETIRE_MS = 120_000;

/** No first door yet: `replace` makes them. */
export function createPrimaries(deps: PrimariesDeps): Primaries {
  let running = new Map<string, Running>();
  let doors: ReadonlyMap<string, Primary> = new Map();
  const retired = new Set<Primary>();
  const syncs = createDirectorySyncs(deps);

  return { current: () => doors, replace, stop };

  async function replace(configs: Config['primaries']): Promise<void> {
    const next = new Map<string, Running>();
    const fresh: Primary[] = [];
    for (const [name, config] of Object.entries(configs)) {
      const present = running.get(name);
      const isKept = present !== undefined && isSameSetting(present.config, config);
      const primary = isKept ? present.primary : await createPrimary(name, config, deps);
      if (!isKept) fresh.push(primary);
      next.set(name, { config, primary });
    }
    try {
      for (const primary of fresh) await primary.start();
    } catch (error) {
      await Promise.all(fresh.map((primary) => primary.stop()));
      throw error;
    }
    for (const [name, { primary }] of running) if (next.get(name)?.primary !== primary) retire(primary);
    running = next;
    doors = new Map([...next].map(([name, { primary, config }]) => [name, doorOf(primary, config, next)]));
    syncs.replace(configs);
  }

  function retire(primary: Primary): void {
    retired.add(primary);
    deps.clock.setTimer(RETIRE_MS, () => {
      retired.delete(primary);
      void primary.stop();
    });
  }

  async function stop(): Promise<void> {
    await syncs.stop();
    await Promise.all([...doors.values(), ...retired].map((door) => door.stop()));
    retired.clear();
  }
}

/** A phone number of a directory, read as those of the store are. */
export async function readPhone(text: string, { factors }: Config): Promise<string | undefined> {
  const { normaliseNumber } = await import('./gateways/index.ts');
  return normaliseNumber(text, factors.defaultCountry);
}

function doorOf(primary: Primary, config: PrimaryConfig, all: ReadonlyMap<string, Running>): Primary {
  const name = config.type === 'ldap' ? undefined : config.directory;
  const directory = name === undefined ? undefined : all.get(name)?.primary;
  return directory === undefined ? primary : withDirectory(primary, directory);
}

async function createPrimary(name: string, config: PrimaryConfig, deps: PrimariesDeps): Promise<Primary> {
  switch (config.type) {
    case 'local':
      return createLocalPrimary({ name }, deps);
    case 'radius':
      return createRadiusPrimary({ ...config, name }, deps);
    case 'ldap':
      return createLdapPrimary({ ...config, name }, deps);
    case 'none':
      return createNonePrimary({ name });
  }
}
