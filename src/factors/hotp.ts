import type { PasscodeFactor, PasscodeToken } from './factor.ts';
import { findCounter, passcodeAt } from './passcode.ts';

/** How far a device's counter may be ahead of the server's. */
export interface HotpOptions {
  /** Counters looked ahead beyond the next one (RFC 4226 §7.4); 0 accepts the next one only. */
  readonly window: number;
}

/**
 * HOTP (RFC 4226). The next counter and `window` ones after it fit; those up to `lastCounter`, looked back as far, are
 * `replayed`. Time plays no part.
 */
export function createHotpFactor(options: HotpOptions): PasscodeFactor {
  return {
    type: 'hotp',
    check(token, passcode) {
      const found = findCounter(token, passcode, candidateCounters(token, options.window));
      return found.kind === 'found' ? { kind: 'match', counter: found.counter, driftSteps: 0 } : found;
    },
    shown: (token) => candidateCounters(token, options.window).map((counter) => passcodeAt(token, counter)),
  };
}

// The next one first: a good passcode mostly costs one HMAC. Spent ones last, the latest of them first.
function candidateCounters(token: PasscodeToken, window: number): number[] {
  const next = token.lastCounter + 1;
  const counters: number[] = [];
  for (let distance = 0; distance <= window; distance += 1) counters.push(next + distance);
  for (let distance = 1; distance <= window + 1 && distance <= next; distance += 1) counters.push(next - distance);
  return counters.filter(Number.isSafeInteger);
}
