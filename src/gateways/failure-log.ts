import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';

/** Says that a gateway delivers nothing. */
export type FailureLog = (gateway: string, channel: string, problem: string) => void;

interface Silence {
  lastLineMs: number;
  unlogged: number;
}

// A gateway that is down meets every login: one line a minute for each, with the number of those in between.
const INTERVAL_MS = 60_000;

/** One line a minute for each gateway. */
export function createFailureLog(clock: Clock, logger: Logger): FailureLog {
  const silences = new Map<string, Silence>();
  return (gateway, channel, problem) => {
    const nowMs = clock.monotonicMs();
    const silence = silences.get(gateway) ?? { lastLineMs: -Infinity, unlogged: 0 };
    silences.set(gateway, silence);
    if (nowMs - silence.lastLineMs < INTERVAL_MS) {
      silence.unlogged += 1;
      return;
    }
    logger.warn({ gateway, channel, problem, unlogged: silence.unlogged }, 'a gateway did not deliver');
    silence.lastLineMs = nowMs;
    silence.unlogged = 0;
  };
}
