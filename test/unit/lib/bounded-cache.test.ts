import { getHeapStatistics } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { createBoundedCache } from '../../../src/lib/bounded-cache.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('a memory of bounded size', () => {
  it('holds as many entries as it may, and the least recently used makes room', () => {
    const cache = createBoundedCache<string, { n: number }>({ maxEntries: 3 });
    for (const n of [1, 2, 3]) cache.set(`${n}`, { n });
    cache.get('1');
    cache.set('4', { n: 4 });
    expect([...cache.keys()].sort()).toEqual(['1', '3', '4']);
  });

  it('gives the room of an entry that was taken out to another', () => {
    const cache = createBoundedCache<number, true>({ maxEntries: 2 });
    for (let key = 0; key < 10; key += 1) {
      cache.set(key, true);
      cache.delete(key);
    }
    cache.set(10, true).set(11, true);
    expect([...cache.keys()].sort()).toEqual([10, 11]);
  });

  it('forgets an entry once its lifetime is over, by the clock it was given', async () => {
    const clock = new FakeClock();
    const cache = createBoundedCache<string, true>({ maxEntries: 3, lifetime: { ms: 1000, clock } });
    cache.set('a', true);
    await clock.advance(1000);
    expect(cache.has('a')).toBe(true);
    await clock.advance(1);
    expect(cache.has('a')).toBe(false);
  });

  it('takes no memory for entries that may come', () => {
    const before = getHeapStatistics();
    const caches = [1, 2, 3, 4].map(() => createBoundedCache<string, true>({ maxEntries: 1_000_000 }));
    const after = getHeapStatistics();
    expect(caches).toHaveLength(4);
    expect(after.used_heap_size - before.used_heap_size).toBeLessThan(4_000_000);
    expect(after.external_memory - before.external_memory).toBeLessThan(4_000_000);
  });
});
