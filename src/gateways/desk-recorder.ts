import type { Addressee, Delivery, DeliveryRecord } from '../factors/index.ts';
import type { Breakers, BreakerState } from './breaker.ts';
import type { DeskDeps } from './desk-options.ts';
import { createFailureLog } from './failure-log.ts';

/** What an attempt was about. */
export interface Attempt {
  readonly id: string;
  readonly channel: DeliveryRecord['channel'];
  readonly addressee: Addressee;
  readonly gateway: string;
  readonly country: string | undefined;
}

/** Puts attempts on record. */
export interface DeskRecorder {
  /** One attempt that began at `startedMs` (monotonic) and is over now. */
  note(attempt: Attempt, delivery: Delivery, startedMs: number): void;
}

const figures: Readonly<Record<BreakerState, number>> = { closed: 2, probing: 1, open: 0 };

/** Records each attempt for reports and bills, counts it, and warns of failures, once a minute for each gateway. */
export function createDeskRecorder(deps: DeskDeps, breakers: Breakers): DeskRecorder {
  const { clock, logger, metrics } = deps;
  const warn = createFailureLog(clock, logger);
  const total = metrics.counter('deliveries_total', 'Attempts to deliver', ['channel', 'gateway', 'outcome']);
  const seconds = metrics.histogram('delivery_seconds', 'Time until a gateway took a delivery or not', ['channel']);
  const shown = new Set<string>();
  return {
    note(attempt, delivery, startedMs) {
      const { channel, gateway } = attempt;
      if (channel !== 'push') show(gateway);
      total.add({ channel, gateway, outcome: delivery.kind });
      seconds.observeSeconds((clock.monotonicMs() - startedMs) / 1000, { channel });
      if (delivery.kind !== 'sent') warn(gateway, channel, delivery.problem);
      deps.deliveries.record(recordOf(attempt, delivery, clock.nowMs()));
    },
  };

  function show(gateway: string): void {
    if (shown.has(gateway)) return;
    shown.add(gateway);
    metrics.gauge(
      `gateway_state_${gateway.replace(/\W/g, '_')}`,
      `The gateway ${gateway}: 2 used, 1 tried again, 0 left aside`,
      () => figures[breakers.state(gateway)],
    );
  }
}

function recordOf(
  { id, channel, addressee, gateway, country }: Attempt,
  delivery: Delivery,
  atMs: number,
): DeliveryRecord {
  const { userId, client } = addressee;
  return {
    ...{ id, atMs, userId, client, channel, gateway, outcome: delivery.kind },
    ...(country !== undefined && { country }),
    ...(delivery.kind === 'sent' && delivery.reference !== undefined && { reference: delivery.reference }),
    ...(delivery.kind === 'sent' && delivery.price !== undefined && { price: delivery.price }),
    ...(delivery.kind !== 'sent' && { problem: delivery.problem }),
  };
}
