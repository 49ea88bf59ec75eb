import type { RadiusPrimaryData } from './schema/index.ts';

// RFC 5080 §2.2.1: each retransmission waits about twice as long as the one before, jitter (RAND, ±10 %) included.
const BACK_OFF = 2;

/** Longest a primary takes to give up, in seconds. */
export function worstCaseSeconds(primary: RadiusPrimaryData): number {
  return primary.servers.length * waits(primary).reduce((sum, seconds) => sum + seconds, 0);
}

/** How that comes about, for a person: `2 servers × (3 + 6 + 12 s)`. */
export function describeWorstCase(primary: RadiusPrimaryData): string {
  const count = primary.servers.length;
  return `${count} ${count === 1 ? 'server' : 'servers'} × (${waits(primary).map(round).join(' + ')} s)`;
}

/** Seconds with at most one decimal. */
export function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

function waits({ timeoutSeconds, attempts }: { timeoutSeconds: number; attempts: number }): number[] {
  return Array.from({ length: attempts }, (_, index) => timeoutSeconds * BACK_OFF ** index);
}
