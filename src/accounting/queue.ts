import type { Clock, Timer } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import type { AccountingRelay } from './relay.ts';
import type { AccountingStore, QueuedRecord } from './store.ts';

/** Relays what waits on disk. */
export interface AccountingQueue {
  /** Something waits for this primary's home servers. */
  wake(primary: string): void;
  /** Another configuration is in force: begins with whatever waits. */
  restart(): void;
  /** Begins nothing new; resolves when what was begun has ended. */
  stop(): Promise<void>;
}

export interface AccountingQueueDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: AccountingStore;
  readonly relays: () => ReadonlyMap<string, AccountingRelay>;
}

/** Records that are on their way at once. */
const BATCH = 32;

const FIRST_WAIT_MS = 2_000;
const MAX_WAIT_MS = 60_000;
const JITTER = 0.1;

/** One queue for each primary; each is oldest first, and waits longer and longer while nobody answers. */
export function createAccountingQueue(deps: AccountingQueueDeps): AccountingQueue {
  const lines = new Map<string, Line>();
  const lineOf = (primary: string): Line => {
    const line = lines.get(primary) ?? new Line(primary, deps);
    lines.set(primary, line);
    return line;
  };
  return {
    wake: (primary) => lineOf(primary).wake(),
    restart() {
      for (const primary of deps.relays().keys()) lineOf(primary).restart();
    },
    async stop() {
      await Promise.all([...lines.values()].map((line) => line.stop()));
    },
  };
}

class Line {
  readonly #primary: string;
  readonly #deps: AccountingQueueDeps;
  #running: Promise<void> | undefined;
  #timer: Timer | undefined;
  #isStopped = false;
  #hasMore = false;
  /** Rounds in a row in which nothing was answered. */
  #failures = 0;
  /** The last record of the latest round. */
  #cursor = 0;

  constructor(primary: string, deps: AccountingQueueDeps) {
    this.#primary = primary;
    this.#deps = deps;
  }

  wake(): void {
    this.#hasMore = true;
    if (this.#isStopped || this.#running !== undefined || this.#timer !== undefined) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#hasMore) this.wake();
    });
  }

  restart(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#failures = 0;
    this.wake();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  // Passes over all that waits; what is not answered is left for the next pass.
  async #run(): Promise<void> {
    this.#hasMore = false;
    let left = 0;
    try {
      for (;;) {
        const relay = this.#deps.relays().get(this.#primary);
        if (relay === undefined || this.#isStopped) return;
        const records = this.#deps.store.queued(this.#primary, this.#cursor, BATCH);
        const answered = await this.#relayAll(relay, records);
        left += records.length - answered;
        const isAtEnd = records.length < BATCH;
        if (answered > 0) this.#failures = 0;
        const isStuck = records.length > 0 && answered === 0;
        this.#cursor = isAtEnd ? 0 : (records.at(-1)?.id ?? 0);
        if (isStuck || (isAtEnd && left > 0)) {
          this.#wait();
          return;
        }
        if (isAtEnd) return;
      }
    } catch (error) {
      this.#deps.logger.error({ error, primary: this.#primary }, 'accounting that waits could not be relayed');
      this.#wait();
    }
  }

  async #relayAll(relay: AccountingRelay, records: readonly QueuedRecord[]): Promise<number> {
    const outcomes = await Promise.all(records.map((record) => relay.relay(this.#relayed(record))));
    const answered = records.filter((_, index) => outcomes[index]).map(({ id }) => id);
    if (answered.length > 0) await this.#deps.store.apply({ answered });
    return answered.length;
  }

  #relayed({ id, attributes, receivedAtMs }: QueuedRecord) {
    const { clock } = this.#deps;
    return { id: `queued ${id}`, attributes, waitedMs: () => Math.max(0, clock.nowMs() - receivedAtMs) };
  }

  // Every other time from the oldest on, else from where the last round ended: a few requests that no home server ever
  // answers must not hold up all that came after them.
  #wait(): void {
    if (this.#isStopped) return;
    const { clock, random } = this.#deps;
    if (this.#failures % 2 === 0) this.#cursor = 0;
    const waitMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = clock.setTimer(waitMs * (1 + (2 * random.fraction() - 1) * JITTER), () => {
      this.#timer = undefined;
      this.wake();
    });
  }
}
