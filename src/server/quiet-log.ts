import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';

/** What was not logged under one key since its last line. */
interface Silence {
  lastLineMs: number;
  unlogged: number;
}

const INTERVAL_MS = 60_000;
const MAX_LINES_PER_INTERVAL = 60;
const MAX_REMEMBERED = 4096;

/**
 * Warnings that strangers can cause: one line a minute for each key, with the number of those in between, and no more
 * than sixty lines a minute in all. What they can make it remember is bounded.
 */
export class QuietLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #silences = createBoundedCache<string, Silence>({ maxEntries: MAX_REMEMBERED });
  #intervalFromMs = -Infinity;
  #linesInInterval = 0;
  #withheld = 0;

  constructor(deps: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
  }

  /** Logs, or counts as not logged. */
  warn(key: string, fields: object, message: string): void {
    if (!this.#logger.isLevelEnabled('warn')) return;
    const nowMs = this.#clock.monotonicMs();
    const silence = this.#silenceOf(key);
    if (nowMs - silence.lastLineMs < INTERVAL_MS || !this.#mayLog(nowMs)) {
      silence.unlogged += 1;
      return;
    }
    const { unlogged } = silence;
    silence.lastLineMs = nowMs;
    silence.unlogged = 0;
    this.#logger.warn({ ...fields, unlogged }, message);
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
