import type { DeliveriesConfig, GatewayPatience } from '../config/index.ts';
import type { Channel, DeliveryLog, Gateway, PushChannel, PushProtocol } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Random } from '../lib/random.ts';

/** What the desk is built on. */
export interface DeskDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly deliveries: DeliveryLog;
  /** Those in force, by name. */
  gateways(): ReadonlyMap<string, Gateway>;
  pushChannels(): ReadonlyMap<PushProtocol, PushChannel>;
}

/** How the desk delivers. */
export interface DeskOptions extends DeliveriesConfig {
  /** Names under `gateways` for each channel, the preferred first. */
  readonly routes: Readonly<Record<Channel, readonly string[]>>;
  /** By name; one that is missing gets ten seconds and is left aside for half a minute after five failures. */
  readonly patience: Readonly<Record<string, GatewayPatience>>;
}
