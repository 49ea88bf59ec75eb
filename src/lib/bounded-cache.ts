import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.ts';

/** How much is remembered, and how long. */
export interface BoundedCacheOptions {
  /** Entries at most; the least recently used makes room. */
  readonly maxEntries: number;
  /** After that an entry is gone, by the monotonic clock. Without it, only room ends an entry. */
  readonly lifetime?: { readonly ms: number; readonly clock: Clock };
}

/** Remembers `V` by `K`. */
export type BoundedCache<K extends string | number, V extends object | true> = LRUCache<K, V>;

/**
 * A memory of bounded size that takes room only for what it holds: `max` of the library would set aside 25 octets and
 * more for each entry that there may ever be, and a server at rest holds none.
 */
export function createBoundedCache<K extends string | number, V extends object | true>({
  maxEntries,
  lifetime,
}: BoundedCacheOptions): BoundedCache<K, V> {
  const sizes = { maxSize: maxEntries, sizeCalculation: () => 1 };
  if (lifetime === undefined) return new LRUCache<K, V>(sizes);
  const { ms, clock } = lifetime;
  return new LRUCache<K, V>({ ...sizes, ttl: ms, perf: { now: () => clock.monotonicMs() }, ttlResolution: 0 });
}
