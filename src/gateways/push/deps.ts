import type { PushDevices, PushEvents } from '../../factors/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Random } from '../../lib/random.ts';

/** What the ways to ask phones need of the program. */
export interface PushChannelsDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where phones reach the console's listener (`console.publicUrl`), without a slash at the end. */
  readonly publicUrl: string;
  readonly devices: PushDevices;
  readonly events: PushEvents;
  /** For servers that the administrator has chosen (ntfy). */
  readonly fetch: typeof fetch;
}
