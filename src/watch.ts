import { createOpeningWatch, type Alerts, type OpeningWatch } from './access/index.ts';
import { createAlerts } from './alerts.ts';
import type { Config } from './config/index.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics.ts';
import type { Random } from './lib/random.ts';
import type { Outside } from './outside.ts';
import type { Storage } from './storage/index.ts';

/** What is watched beside the logins themselves. */
export interface Watch {
  readonly openings: OpeningWatch;
  readonly alerts: Alerts;
  stop(): Promise<void>;
}

/** Looks after openings of the first door, and tells people of frauds. */
export function startWatch(deps: {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly storage: Pick<Storage, 'openings'>;
  readonly outside: Pick<Outside, 'gateway'>;
  /** The configuration in force. */
  readonly config: () => Config;
}): Watch {
  const { clock, random, logger, metrics, storage, outside, config } = deps;
  const openings = createOpeningWatch(storage.openings, { clock, logger });
  metrics.gauge('unavailable_openings', 'Times at which the second door may decide alone', () => openings.count());
  openings.start();
  return {
    openings,
    alerts: createAlerts({
      ...{ clock, random, logger, metrics },
      config: () => config().alerts,
      gateway: (name) => outside.gateway(name),
    }),
    stop() {
      openings.stop();
      return Promise.resolve();
    },
  };
}
