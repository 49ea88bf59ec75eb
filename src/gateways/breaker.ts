import type { Clock } from '../lib/clock.ts';

/** When a gateway is left aside, and for how long. */
export interface BreakerOptions {
  readonly failures: number;
  readonly asideSeconds: number;
}

/** How a gateway stands: `probing`: one delivery tries whether it is back. */
export type BreakerState = 'closed' | 'open' | 'probing';

/** Leaves gateways aside that fail again and again, so that nobody waits for them. */
export interface Breakers {
  /** Whether it may be tried now. In the state `open` one caller gets true once its time is over: the probe. */
  mayTry(gateway: string, options: BreakerOptions): boolean;
  /** What came of it: a delivery that was refused counts as a sign of life. */
  settle(gateway: string, isAlive: boolean, options: BreakerOptions): void;
  state(gateway: string): BreakerState;
}

interface Health {
  failures: number;
  asideUntilMs: number | undefined;
  isProbing: boolean;
}

/** All closed. */
export function createBreakers(clock: Clock): Breakers {
  // Names come from the configuration alone: their number is bounded.
  const records = new Map<string, Health>();

  return {
    mayTry(gateway) {
      const record = records.get(gateway);
      if (record?.asideUntilMs === undefined) return true;
      if (record.isProbing || clock.monotonicMs() < record.asideUntilMs) return false;
      record.isProbing = true;
      return true;
    },
    settle(gateway, isAlive, { failures, asideSeconds }) {
      if (isAlive) {
        records.delete(gateway);
        return;
      }
      const record = records.get(gateway) ?? { failures: 0, asideUntilMs: undefined, isProbing: false };
      records.set(gateway, record);
      record.failures += 1;
      record.isProbing = false;
      if (record.failures >= failures) record.asideUntilMs = clock.monotonicMs() + asideSeconds * 1000;
    },
    state(gateway) {
      const record = records.get(gateway);
      if (record?.asideUntilMs === undefined) return 'closed';
      return record.isProbing ? 'probing' : 'open';
    },
  };
}
