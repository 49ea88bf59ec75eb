import type { PasscodeToken } from './factor.ts';
import { isPasscodeAt } from './passcode.ts';

/** Counters of HOTP that are looked ahead (RFC 4226 §7.4: two passcodes in a row allow for a wide look). */
export const RESYNC_COUNTERS = 1_000;

/**
 * How far the clock of a TOTP device may be off. RFC 6238 §6 leaves a gap beyond the usual limit to a procedure of its own.
 * A day holds every clock that was set in the wrong time zone; two passcodes of six digits in a row fit somewhere in it by
 * chance once in a hundred million times.
 */
export const RESYNC_CLOCK_SECONDS = 86_400;

/** Where two passcodes in a row put a token. */
export type Resync =
  /** `counter` of the second passcode is to be spent, and the drift to be remembered. */
  | { readonly kind: 'found'; readonly counter: number; readonly driftSteps: number }
  /** They fit only where the token has been already. */
  | { readonly kind: 'spent' }
  | { readonly kind: 'not-found' };

/**
 * Finds two consecutive passcodes (ASCII octets) of a token, the second one shown at `nowMs` (wall): the counters nearest to
 * the expected ones win. Never goes back: both have to lie beyond the last spent counter.
 */
export function resync(token: PasscodeToken, [first, second]: readonly [Buffer, Buffer], nowMs: number): Resync {
  if (first.length !== token.digits || second.length !== token.digits) return { kind: 'not-found' };
  const nowStep = Math.floor(nowMs / 1000 / token.periodSeconds);
  let isSpent = false;
  for (const counter of token.type === 'hotp' ? hotpCounters(token) : totpSteps(token, nowStep)) {
    if (!isPasscodeAt(token, counter - 1, first) || !isPasscodeAt(token, counter, second)) continue;
    // The first of the two must not have been spent either: whoever has watched it being typed knows it.
    if (counter - 1 > token.lastCounter) {
      return { kind: 'found', counter, driftSteps: token.type === 'hotp' ? 0 : counter - nowStep };
    }
    isSpent = true;
  }
  return { kind: isSpent ? 'spent' : 'not-found' };
}

/** Candidates for the counter of the second passcode: those ahead, then those behind. */
function* hotpCounters({ lastCounter }: PasscodeToken): Generator<number> {
  const next = lastCounter + 2;
  for (let distance = 0; distance < RESYNC_COUNTERS; distance += 1) yield next + distance;
  for (let counter = next - 1; counter > 0 && counter >= next - RESYNC_COUNTERS; counter -= 1) yield counter;
}

function* totpSteps({ driftSteps, periodSeconds }: PasscodeToken, nowStep: number): Generator<number> {
  const reach = Math.floor(RESYNC_CLOCK_SECONDS / periodSeconds);
  const expected = nowStep + Math.min(Math.max(driftSteps, -reach), reach);
  for (let distance = 0; distance <= 2 * reach; distance += 1) {
    for (const step of distance === 0 ? [expected] : [expected + distance, expected - distance]) {
      if (step > 0 && Math.abs(step - nowStep) <= reach) yield step;
    }
  }
}
