import { createBoundedCache, type BoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import { userAddressOf } from './station.ts';
import type { Visit } from './visit.ts';

/** How often may be asked; `undefined`: as often as they like. */
export interface RateOptions {
  /** By one client. */
  readonly perClientPerSecond: number | undefined;
  /** For one name, whoever asks. */
  readonly perUserPerMinute: number | undefined;
  /** From one address of users, as the NAS tells it. */
  readonly perAddressPerMinute: number | undefined;
}

/** Whether a request is one too many. `isNews`: the first of its kind in a minute, worth an entry in the log. */
export type RateJudgement = { readonly kind: 'within' } | { readonly kind: 'over'; readonly isNews: boolean };

/** Counts requests. */
export interface RateLimits {
  take(visit: Visit, options: RateOptions): RateJudgement;
  /** The same for a user's one name, where `asked` was under another: many spellings are one user. */
  takeOwn(visit: Visit, asked: Visit, options: RateOptions): RateJudgement;
}

interface Bucket {
  tokens: number;
  atMs: number;
  toldMs: number;
}

// About 150 octets each. Whoever invents more names than that drives out the counts of others, which only makes room for them.
const MAX_BUCKETS = 65_536;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
const WITHIN: RateJudgement = { kind: 'within' };

/** Token buckets in a bounded memory: what may come within the time may come at once, then evenly. */
export function createRateLimits(clock: Clock): RateLimits {
  const byClient = createBoundedCache<string, Bucket>({ maxEntries: MAX_BUCKETS });
  const byUser = createBoundedCache<string, Bucket>({ maxEntries: MAX_BUCKETS });
  const byAddress = createBoundedCache<string, Bucket>({ maxEntries: MAX_BUCKETS });

  return {
    take(visit, { perClientPerSecond, perUserPerMinute, perAddressPerMinute }) {
      const { request, username } = visit;
      const ofClient = takeFrom(byClient, request.client.name, perClientPerSecond, SECOND_MS);
      if (ofClient.kind === 'over') return ofClient;
      const ofUser = takeFrom(byUser, username.key, perUserPerMinute, MINUTE_MS);
      if (ofUser.kind === 'over' || perAddressPerMinute === undefined) return ofUser;
      const address = userAddressOf(request);
      return address === undefined
        ? WITHIN
        : takeFrom(byAddress, address.toString('latin1'), perAddressPerMinute, MINUTE_MS);
    },
    takeOwn({ username: { key } }, asked, { perUserPerMinute }) {
      return key === asked.username.key ? WITHIN : takeFrom(byUser, key, perUserPerMinute, MINUTE_MS);
    },
  };

  function takeFrom(
    buckets: BoundedCache<string, Bucket>,
    key: string,
    limit: number | undefined,
    spanMs: number,
  ): RateJudgement {
    if (limit === undefined) return WITHIN;
    const nowMs = clock.monotonicMs();
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = { tokens: limit, atMs: nowMs, toldMs: -Infinity };
      buckets.set(key, bucket);
    }
    bucket.tokens = Math.min(limit, bucket.tokens + ((nowMs - bucket.atMs) * limit) / spanMs);
    bucket.atMs = nowMs;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return WITHIN;
    }
    const isNews = nowMs - bucket.toldMs >= MINUTE_MS;
    if (isNews) bucket.toldMs = nowMs;
    return { kind: 'over', isNews };
  }
}
