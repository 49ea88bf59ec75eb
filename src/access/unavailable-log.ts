import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';

/** Says why a first door could not say. */
export type UnavailableLog = (requestId: string, primary: string, cause: string) => void;

interface Silence {
  lastLineMs: number;
  unlogged: number;
}

// A door that is down meets every login: one line a minute for each, with the number of those in between.
const INTERVAL_MS = 60_000;

/** One line a minute for each primary. */
export function createUnavailableLog(clock: Clock, logger: Logger): UnavailableLog {
  const silences = new Map<string, Silence>();
  return (requestId, primary, cause) => {
    const nowMs = clock.monotonicMs();
    const silence = silences.get(primary) ?? { lastLineMs: -Infinity, unlogged: 0 };
    silences.set(primary, silence);
    if (nowMs - silence.lastLineMs < INTERVAL_MS) {
      silence.unlogged += 1;
      return;
    }
    logger.warn({ requestId, primary, cause, unlogged: silence.unlogged }, 'the first door could not be asked');
    silence.lastLineMs = nowMs;
    silence.unlogged = 0;
  };
}
