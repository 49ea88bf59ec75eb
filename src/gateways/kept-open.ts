import type { Clock, Timer } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import { problemOf } from './within.ts';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** One that held out that long was a good one: the next loss begins with a short wait again. */
const GOOD_AFTER_MS = 60_000;

/** A connection that is open now. */
export interface Connection {
  /** Resolves once it is gone, with a sentence why. */
  readonly lost: Promise<string>;
  /** Ends it in good order, in bounded time. */
  close(): Promise<void>;
}

export interface KeptOpenDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Named after the gateway. */
  readonly logger: Logger;
  /** Goes into each line of the log: which one it is where a gateway keeps several. */
  readonly about?: object;
}

/**
 * Keeps one connection open: after a loss or a failure it waits and tries again, twice as long each time up to a minute,
 * less up to half of it by chance, so that a hundred servers do not come back in the same second.
 */
export class KeptOpen<T extends Connection> {
  readonly #deps: KeptOpenDeps;
  readonly #open: (signal: AbortSignal) => Promise<T>;
  readonly #stopping = new AbortController();
  #current: T | undefined;
  #problem = 'the connection is not open yet';
  #failures = 0;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();

  /** `open` rejects with a sentence, and soon after its signal. */
  constructor(deps: KeptOpenDeps, open: (signal: AbortSignal) => Promise<T>) {
    this.#deps = deps;
    this.#open = open;
  }

  /** The connection; `undefined` while there is none. */
  get current(): T | undefined {
    return this.#current;
  }

  /** Why there is none. */
  get problem(): string {
    return this.#problem;
  }

  /** Resolves after the first attempt, whatever became of it. */
  async start(): Promise<void> {
    this.#running = this.#attempt();
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    await this.#running;
    const connection = this.#current;
    this.#gone('the gateway has been stopped');
    await connection?.close();
  }

  async #attempt(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const connection = await this.#open(signal);
      if (signal.aborted) await connection.close();
      else this.#opened(connection);
    } catch (error) {
      this.#retry(problemOf(error));
    }
  }

  #opened(connection: T): void {
    const { clock, logger } = this.#deps;
    const openedMs = clock.monotonicMs();
    this.#current = connection;
    logger.info({ ...this.#deps.about }, 'the gateway is connected');
    void connection.lost.then((problem) => {
      if (this.#current !== connection) return;
      if (clock.monotonicMs() - openedMs >= GOOD_AFTER_MS) this.#failures = 0;
      this.#retry(problem);
    });
  }

  #retry(problem: string): void {
    this.#gone(problem);
    if (this.#stopping.signal.aborted) return;
    const waitMs = this.#nextWaitMs();
    const { clock, logger, about } = this.#deps;
    logger.warn({ ...about, problem, waitMs }, 'the gateway is not connected; it will be tried again');
    this.#timer = clock.setTimer(waitMs, () => {
      this.#running = this.#attempt();
    });
  }

  #nextWaitMs(): number {
    const longestMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS);
    this.#failures = Math.min(this.#failures + 1, 16);
    return Math.round(longestMs * (1 - this.#deps.random.fraction() / 2));
  }

  #gone(problem: string): void {
    this.#current = undefined;
    this.#problem = problem;
  }
}
