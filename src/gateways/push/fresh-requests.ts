import type { Clock } from '../../lib/clock.ts';

/** How far a phone's clock may be off, either way: one minute, as the privacyIDEA Authenticator knows it. */
export const WINDOW_MS = 60_000;

// One entry a phone that has asked lately; entries out of the window are swept once the map has grown.
const SWEEP_FROM = 1_000;

/**
 * Signed requests with a time in them, each good once: a phone's times have to rise, and lie within a minute of ours.
 * What is remembered is one number a phone, of phones that have proved who they are.
 */
export class FreshRequests {
  readonly #clock: Clock;
  readonly #latest = new Map<string, number>();
  #sweepAt = SWEEP_FROM;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the time (milliseconds since 1970, with fractions) may come from that phone now. */
  isFresh(serial: string, atMs: number): boolean {
    return this.#isWithinWindow(atMs) && atMs > (this.#latest.get(serial) ?? -Infinity);
  }

  /** Spends the time. Call it only for a request that was verified; false when it is not fresh. */
  spend(serial: string, atMs: number): boolean {
    if (!this.isFresh(serial, atMs)) return false;
    this.#latest.set(serial, atMs);
    if (this.#latest.size >= this.#sweepAt) this.#sweep();
    return true;
  }

  #sweep(): void {
    for (const [serial, atMs] of this.#latest) if (!this.#isWithinWindow(atMs)) this.#latest.delete(serial);
    this.#sweepAt = Math.max(SWEEP_FROM, this.#latest.size * 2);
  }

  #isWithinWindow(atMs: number): boolean {
    return Math.abs(this.#clock.nowMs() - atMs) <= WINDOW_MS;
  }
}
