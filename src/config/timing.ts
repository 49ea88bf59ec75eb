import type { RadiusPrimaryData } from './schema/index.ts';

// RFC 5080 §2.2.1: each wait is twice the one before, plus or minus a tenth of it, up to MRT.
const JITTER = 0.1;
const MAX_WAIT_SECONDS = 16;

/** Longest a primary takes to give up on all its servers, in seconds. */
export function worstCaseSeconds(primary: RadiusPrimaryData): number {
  return primary.servers.length * longestWaits(primary).reduce((sum, seconds) => sum + seconds, 0);
}

/** How that comes about, for a person: `2 servers × (3.3 + 6.9 + 14.6 s)`. */
export function describeWorstCase(primary: RadiusPrimaryData): string {
  const count = primary.servers.length;
  const waits = longestWaits(primary).map(round).join(' + ');
  return `${count} ${count === 1 ? 'server' : 'servers'} × (${waits} s)`;
}

/** Seconds with at most one decimal. */
export function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

function longestWaits({ timeoutSeconds, attempts }: RadiusPrimaryData): number[] {
  const longest = Math.max(MAX_WAIT_SECONDS, timeoutSeconds) * (1 + JITTER);
  const waits = [timeoutSeconds * (1 + JITTER)];
  while (waits.length < attempts) waits.push(Math.min(longest, (waits.at(-1) ?? 0) * (2 + JITTER)));
  return waits;
}
