import { describe, expect, it } from 'vitest';
import { readLock } from '../../../src/storage/lock.ts';

const lock = { lockedAtMs: 1_000_000, lockSeconds: 60 };

describe('a lock-out', () => {
  it('is none when it was never set', () => {
    expect(readLock({ lockedAtMs: 0, lockSeconds: 0 }, 5)).toEqual({ kind: 'open' });
  });

  it('holds from the moment it is set until its time is over', () => {
    expect(readLock(lock, 1_000_000)).toEqual({ kind: 'locked', untilMs: 1_060_000 });
    expect(readLock(lock, 1_059_999)).toEqual({ kind: 'locked', untilMs: 1_060_000 });
    expect(readLock(lock, 1_060_000)).toEqual({ kind: 'open' });
  });

  it('holds, to be anchored anew, when it lies in the future', () => {
    expect(readLock(lock, 999_999)).toEqual({ kind: 'locked-ahead', untilMs: 1_059_999 });
    expect(readLock(lock, 0)).toEqual({ kind: 'locked-ahead', untilMs: 60_000 });
  });
});
