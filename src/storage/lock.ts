/** A lock-out as it is kept: when it was set (wall time) and how long it lasts. */
export interface Lock {
  readonly lockedAtMs: number;
  /** 0: not locked. */
  readonly lockSeconds: number;
}

/** What a lock-out means at one moment. */
export type LockState =
  | { readonly kind: 'open' }
  | { readonly kind: 'locked'; readonly untilMs: number }
  /** Set at a time that is still to come: the wall clock went back. Locked, and to be anchored anew at this moment. */
  | { readonly kind: 'locked-ahead'; readonly untilMs: number };

const OPEN: LockState = { kind: 'open' };

/**
 * Reads a lock-out against a wall clock that may jump.
 *
 * A clock that goes back must not open a lock, nor may a lock set while the clock stood far ahead last for years. Wall
 * time alone cannot tell the two apart, so whoever sees a lock from the future treats it as locked and sets it anew at
 * that moment, with its whole length: it never ends early, and ends `lockSeconds` after the jump was noticed.
 * (A clock that jumps forward ends locks early; the failures allowed by then are those of one more round.)
 */
export function readLock(lock: Lock, nowMs: number): LockState {
  if (lock.lockSeconds <= 0) return OPEN;
  const lengthMs = lock.lockSeconds * 1000;
  if (lock.lockedAtMs > nowMs) return { kind: 'locked-ahead', untilMs: nowMs + lengthMs };
  const untilMs = lock.lockedAtMs + lengthMs;
  return untilMs > nowMs ? { kind: 'locked', untilMs } : OPEN;
}

/**
 * What a block means at one moment, as a field of the user: `untilMs` 0 is without end, `null` none. A clock that goes back
 * ends no block.
 */
export function blockOf(untilMs: number | null, nowMs: number): { readonly blockedUntilMs?: number } {
  if (untilMs === null || (untilMs !== 0 && untilMs <= nowMs)) return {};
  return { blockedUntilMs: untilMs === 0 ? Number.POSITIVE_INFINITY : untilMs };
}
