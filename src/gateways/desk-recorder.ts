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

const states: readonly BreakerState[] = ['closed', 'open', 'probing'];

/** Records each attempt for reports and bills, counts it, and warns of failures, once a minute for each gateway. */
export function createDeskRecorder(deps: DeskDeps, breakers: Breakers): DeskRecorder {
  const { clock, logger, metrics } = deps;
  const warn = createFailureLog(clock, logger);
  const total = metrics.counter('deliveries_total', 'Attempts to deliver', ['channel', 'gateway', 'outcome']);
  const seconds = metrics.histogram('delivery_seconds', 'Time until a gateway took a delivery or not', ['channel']);
  for (const state of states) {
    metrics.gauge(`gateways_${state}`, gaugeHelp[state], () => count(state));
  }
  return {
    note(attempt, delivery, startedMs) {
      const { channel, gateway } = attempt;
      total.add({ channel, gateway, outcome: delivery.kind });
      seconds.observeSeconds((clock.monotonicMs() - startedMs) / 1000, { channel });
      if (delivery.kind !== 'sent') warn(gateway, channel, delivery.problem);
      deps.deliveries.record(recordOf(attempt, delivery, clock.nowMs()));
    },
  };

  function count(state: BreakerState): number {
    return [...deps.gateways().keys()].filter((name) => breakers.state(name) === state).length;
  }
}

const gaugeHelp: Readonly<Record<BreakerState, string>> = {
  closed: 'Gateways that are used',
  open: 'Gateways that are left aside after failures in a row',
  probing: 'Gateways that one delivery tries again',
};

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
