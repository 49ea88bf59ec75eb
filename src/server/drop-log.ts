import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Counter, Metrics } from '../lib/metrics.ts';
import { dropCauses, type DropReason } from './drop.ts';
import type { Peer } from './listener.ts';
import { QuietLog } from './quiet-log.ts';

/** Counts what is dropped and says so in the log: one line a minute for each address and reason. */
export class DropLog {
  readonly #log: QuietLog;
  readonly #dropped: Counter;

  constructor(deps: { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics }) {
    this.#log = new QuietLog(deps);
    this.#dropped = deps.metrics.counter('dropped_packets_total', 'Datagrams that got silence', ['reason']);
  }

  /** Counts one datagram; `client` is the client's name where the address has one, `error` what a bug threw. */
  drop(reason: DropReason, peer: Peer, client: string | undefined, error?: unknown): void {
    this.#dropped.add({ reason });
    const { address, port } = peer;
    const fields = { reason, address, port, client, error };
    this.#log.warn(`${reason} ${address}`, fields, `dropped a datagram: ${dropCauses[reason]}`);
  }
}
