import { isSameSetting, type Config, type LdapPrimaryConfig } from './config/index.ts';
import type { Clock, Timer } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics.ts';
import { openDirectory, type PeopleKeeper, type ReadPhone } from './primary/index.ts';

/** What the schedule is built on. */
export interface DirectorySyncsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly people: PeopleKeeper;
  readonly readPhone: ReadPhone;
}

/** Directories that are taken over into the store again and again. */
export interface DirectorySyncs {
  /** Begins anew with what that configuration says; those that stay as they were keep their time. */
  replace(configs: Config['primaries']): void;
  stop(): Promise<void>;
}

interface Scheduled {
  readonly config: LdapPrimaryConfig;
  timer: Timer | undefined;
  running: Promise<void>;
  isStopped: boolean;
}

// The first run waits until the first logins of a start are through.
const FIRST_MS = 10_000;

/** No directory yet: `replace` says which. */
export function createDirectorySyncs(deps: DirectorySyncsDeps): DirectorySyncs {
  const { clock, logger } = deps;
  const all = new Map<string, Scheduled>();
  const runs = deps.metrics.counter('directory_syncs_total', 'Runs of the synchronisation of a directory', [
    'primary',
    'result',
  ]);

  return {
    replace(configs) {
      for (const [name, scheduled] of all) {
        if (!isSameSetting(scheduled.config, configs[name])) end(name, scheduled);
      }
      for (const [name, config] of Object.entries(configs)) {
        if (config.type !== 'ldap' || all.has(name) || (config.sync?.everyMinutes ?? 0) === 0) continue;
        const scheduled: Scheduled = { config, timer: undefined, running: Promise.resolve(), isStopped: false };
        all.set(name, scheduled);
        later(name, scheduled, FIRST_MS);
      }
    },
    async stop() {
      const ending = [...all].map(([name, scheduled]) => {
        end(name, scheduled);
        return scheduled.running;
      });
      await Promise.all(ending);
    },
  };

  function end(name: string, scheduled: Scheduled): void {
    scheduled.isStopped = true;
    scheduled.timer?.cancel();
    all.delete(name);
  }

  function later(name: string, scheduled: Scheduled, delayMs: number): void {
    scheduled.timer = clock.setTimer(delayMs, () => {
      scheduled.running = run(name, scheduled).finally(() => {
        if (!scheduled.isStopped) later(name, scheduled, (scheduled.config.sync?.everyMinutes ?? 0) * 60_000);
      });
    });
  }

  async function run(name: string, { config }: Scheduled): Promise<void> {
    try {
      const tools = await openDirectory({ ...config, name }, deps);
      try {
        const report = await tools.synchronise(deps.people, { isDryRun: false, isForced: false });
        runs.add({ primary: name, result: report.isBraked ? 'braked' : 'done' });
        const { added, changed, removed, conflicts, read } = report;
        const fields = {
          primary: name,
          read,
          added: added.length,
          changed: changed.length,
          conflicts: conflicts.length,
        };
        if (report.isBraked) logger.error({ ...fields, gone: removed.length }, BRAKED);
        else logger.info({ ...fields, disabled: removed.length }, 'the users of the directory were taken over');
      } finally {
        tools.close();
      }
    } catch (error) {
      runs.add({ primary: name, result: 'failed' });
      logger.error(
        { primary: name, err: error },
        'the users of the directory could not be taken over; nobody was disabled',
      );
    }
  }
}

const BRAKED =
  'more users have disappeared from the directory than `sync.maxRemovals`: nobody was disabled; look at it, then sallyport directory sync --force';
