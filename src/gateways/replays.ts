import { createHash } from 'node:crypto';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';

/** Knows again what has come before. */
export interface Replays {
  /** Whether this comes for the first time within the memory's time. */
  isFirst(what: string | Buffer): boolean;
}

const MAX_KEPT = 20_000;

/** A bounded memory of digests. */
export function createReplays(clock: Clock, keptMs: number): Replays {
  const seen = createBoundedCache<string, true>({ maxEntries: MAX_KEPT, lifetime: { ms: keptMs, clock } });
  return {
    isFirst(what) {
      const digest = createHash('sha256').update(what).digest('base64');
      if (seen.has(digest)) return false;
      seen.set(digest, true);
      return true;
    },
  };
}
