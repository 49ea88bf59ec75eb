import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import { parseAddress } from '../lib/ip.ts';

/** How much one source may do. */
export interface RateLimitOptions {
  /** In any window, at most. */
  readonly limit: number;
  readonly windowMs: number;
}

/** Counts by source address, in bounded memory. */
export interface RateLimit {
  /** Whether this source has had its share. */
  isUsedUp(source: string): boolean;
  /** Counts one. */
  count(source: string): void;
}

// About 100 octets each. Whoever has more addresses than this forgets the oldest, and gains a few attempts.
const MAX_SOURCES = 20_000;

// One subscriber has a whole /64 of addresses (RFC 6177 §2): they count as one.
const IPV6_SOURCE_OCTETS = 8;

interface Count {
  readonly window: number;
  before: number;
  now: number;
}

/**
 * A sliding window of two fixed ones: what was counted in the last one still counts by the part of it that the window
 * covers.
 */
export function createRateLimit({ limit, windowMs }: RateLimitOptions, clock: Clock): RateLimit {
  const counts = createBoundedCache<string, Count>({ maxEntries: MAX_SOURCES });
  const countOf = (source: string): { count: Count; covered: number } => {
    const windows = clock.monotonicMs() / windowMs;
    const window = Math.floor(windows);
    return { count: shifted(counts.get(source), window), covered: 1 - (windows - window) };
  };
  return {
    isUsedUp(source) {
      const { count, covered } = countOf(source);
      return count.before * covered + count.now >= limit;
    },
    count(source) {
      const { count } = countOf(source);
      count.now += 1;
      counts.set(source, count);
    },
  };
}

function shifted(count: Count | undefined, window: number): Count {
  if (count?.window === window) return count;
  return { window, before: count?.window === window - 1 ? count.now : 0, now: 0 };
}

/** What counts as one source: an IPv4 address, an IPv6 /64; whatever is no address is all one. */
export function sourceOf(address: string): string {
  const octets = parseAddress(address);
  if (octets === undefined) return 'unknown';
  return octets.length === 4 ? octets.join('.') : octets.subarray(0, IPV6_SOURCE_OCTETS).toString('hex');
}
