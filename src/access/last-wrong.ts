import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.ts';

/** Remembers the last wrong password of a user: a client that repeats it for ever must not lock the user out. */
export interface LastWrong {
  /** Whether this password differs from the last wrong one; remembers it. */
  isNew(userKey: string, passwordDigest: string): boolean;
  /** Whether it is the last wrong one. */
  isKnown(userKey: string, passwordDigest: string): boolean;
}

const MAX_USERS = 10_000;
const TTL_MS = 15 * 60_000;

/** A bounded memory, by user. */
export function createLastWrong(clock: Clock): LastWrong {
  const perf = { now: () => clock.monotonicMs() };
  const digests = new LRUCache<string, string>({ max: MAX_USERS, ttl: TTL_MS, perf });
  return {
    isNew(userKey, passwordDigest) {
      if (digests.get(userKey) === passwordDigest) return false;
      digests.set(userKey, passwordDigest);
      return true;
    },
    isKnown: (userKey, passwordDigest) => digests.get(userKey) === passwordDigest,
  };
}
