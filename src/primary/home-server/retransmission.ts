import type { Random } from '../../lib/random.ts';

/** MRT: the longest wait between two transmissions (RFC 5080 §2.2.1). */
export const MAX_WAIT_MS = 16_000;

/** RAND lies between -0.1 and 0.1 (RFC 5080 §2.2.1). */
const JITTER = 0.1;

/** The wait after the first transmission: RT = IRT + RAND × IRT (RFC 5080 §2.2.1). */
export function firstWaitMs(initialMs: number, random: Random): number {
  return initialMs + jitter(random) * initialMs;
}

/**
 * The wait after a retransmission: RT = 2 × RTprev + RAND × RTprev, around MRT at most (RFC 5080 §2.2.1).
 * An initial wait above MRT (a home server with a second factor of its own) is kept, not cut.
 */
export function nextWaitMs(previousMs: number, initialMs: number, random: Random): number {
  const longestMs = Math.max(MAX_WAIT_MS, initialMs);
  const waitMs = 2 * previousMs + jitter(random) * previousMs;
  return waitMs <= longestMs ? waitMs : longestMs + jitter(random) * longestMs;
}

function jitter(random: Random): number {
  return (2 * random.fraction() - 1) * JITTER;
}
