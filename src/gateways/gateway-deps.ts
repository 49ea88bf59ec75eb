import type { GatewayEvents } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';

/** What gateways are built on. */
export interface GatewayDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly events: GatewayEvents;
  /** `console.publicUrl`; `undefined` where nobody outside can reach us: then no callbacks and no calls by web API. */
  readonly publicUrl: string | undefined;
}
