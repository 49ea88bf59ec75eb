import type { Clock, Timer } from '../../src/lib/clock.ts';

interface Pending {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to move. */
export class FakeClock implements Clock {
  #wallMs: number;
  #monotonicMs = 1_000;
  #order = 0;
  readonly #pending = new Set<Pending>();

  constructor(wallMs = Date.UTC(2026, 0, 15, 7, 0, 0)) {
    this.#wallMs = wallMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const entry: Pending = { atMs: this.#monotonicMs + delayMs, order: this.#order++, callback };
    this.#pending.add(entry);
    return { cancel: () => this.#pending.delete(entry) };
  }

  /** Number of timers still waiting. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Moves both times forward, firing timers in order and letting promises settle after each. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    for (;;) {
      const next = [...this.#pending]
        .filter((entry) => entry.atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (next === undefined) break;
      this.#move(next.atMs - this.#monotonicMs);
      this.#pending.delete(next);
      next.callback();
      await settle();
    }
    this.#move(untilMs - this.#monotonicMs);
    await settle();
  }

  /** The wall clock jumps (an operator or NTP set it); monotonic time does not. */
  jumpWall(ms: number): void {
    this.#wallMs += ms;
  }

  #move(ms: number): void {
    this.#wallMs += ms;
    this.#monotonicMs += ms;
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
