import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Counter, Metrics } from '../lib/metrics.ts';
import { dropCauses, type DropReason } from './drop.ts';
import type { Peer } from './listener.ts';

/** One peer's silence for one reason, since its last line. */
interface Silence {
  lastLineMs: number;
  unlogged: number;
}

const INTERVAL_MS = 60_000;
const MAX_LINES_PER_INTERVAL = 60;
const MAX_REMEMBERED = 4096;

/**
 * Counts what is dropped and says so in the log: one line a minute for each address and reason, with the number of
 * those in between, and no more than sixty lines a minute in all. What strangers can make it remember is bounded.
 */
export class DropLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #dropped: Counter;
  readonly #silences = new LRUCache<string, Silence>({ max: MAX_REMEMBERED });
  #intervalFromMs = -Infinity;
  #linesInInterval = 0;
  #withheld = 0;

  constructor(deps: { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics }) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#dropped = deps.metrics.counter('dropped_packets_total', 'Datagrams that got silence', ['reason']);
  }

  /** Counts one datagram; `client` is the client's name where the address has one, `error` what a bug threw. */
  drop(reason: DropReason, peer: Peer, client: string | undefined, error?: unknown): void {
    this.#dropped.add({ reason });
    if (!this.#logger.isLevelEnabled('warn')) return;
    const nowMs = this.#clock.monotonicMs();
    const silence = this.#silenceOf(`${reason} ${peer.address}`);
    if (nowMs - silence.lastLineMs < INTERVAL_MS || !this.#mayLog(nowMs)) {
      silence.unlogged += 1;
      return;
    }
    const fields = { reason, address: peer.address, port: peer.port, client, unlogged: silence.unlogged, error };
    silence.lastLineMs = nowMs;
    silence.unlogged = 0;
    this.#logger.warn(fields, `dropped a datagram: ${dropCauses[reason]}`);
  }

  #silenceOf(key: string): Silence {
    const present = this.#silences.get(key);
    if (present !== undefined) return present;
    const silence: Silence = { lastLineMs: -Infinity, unlogged: 0 };
    this.#silences.set(key, silence);
    return silence;
  }

  #mayLog(nowMs: number): boolean {
    if (nowMs - this.#intervalFromMs >= INTERVAL_MS) {
      const withheld = this.#withheld;
      this.#intervalFromMs = nowMs;
      this.#linesInInterval = 0;
      this.#withheld = 0;
      if (withheld > 0) this.#logger.warn({ withheld }, 'more was dropped than is logged; the metrics have it all');
    }
    this.#linesInInterval += 1;
    if (this.#linesInInterval <= MAX_LINES_PER_INTERVAL) return true;
    this.#withheld += 1;
    return false;
  }
}
