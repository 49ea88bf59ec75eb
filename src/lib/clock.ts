/** A timer that can be called off. */
export interface Timer {
  /** Calls the timer off; harmless when it has fired. */
  cancel(): void;
}

/** The only source of time. Wall time may jump; monotonic time never goes back. */
export interface Clock {
  /** Wall time in milliseconds since 1970 (for TOTP steps and audit events). */
  nowMs(): number;
  /** Monotonic milliseconds from an arbitrary start (for every duration, TTL and deadline). */
  monotonicMs(): number;
  /** Calls `callback` once, `delayMs` from now. The timer does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

// Each login that is held for a phone has two.
class SystemTimer implements Timer {
  readonly #handle: NodeJS.Timeout;

  constructor(callback: () => void, delayMs: number) {
    this.#handle = setTimeout(callback, delayMs).unref();
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, callback) {
    return new SystemTimer(callback, delayMs);
  },
};

/** Resolves after `delayMs` on the given clock. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(delayMs, resolve));
}
