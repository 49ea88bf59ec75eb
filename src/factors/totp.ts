import type { PasscodeFactor, PasscodeToken } from './factor.ts';
import { findCounter, passcodeAt } from './passcode.ts';

/**
 * Steps a device's clock may be off in all; a passcode further away never fits. RFC 6238 §6 asks for such a limit:
 * ten minutes at 30 seconds a step. A resynchronisation can record more; then logins keep the drift below the next
 * multiple of this, so that it never grows on and on by itself.
 */
export const MAX_DRIFT_STEPS = 20;

/** How far a passcode may be from the time the server expects. */
export interface TotpOptions {
  /** Steps accepted before and after the expected one; 0 accepts that step only. */
  readonly window: number;
}

/**
 * TOTP (RFC 6238). The expected step is the wall clock's, shifted by the drift that the token showed at its last good
 * passcode; `window` steps on both sides of it fit. The step of an exact clock is tried as well, so that answers
 * given late cannot lead the window away from a device whose clock is right.
 *
 * A step fits once: every step up to `lastCounter` is `replayed`, whatever the clock says. When the wall clock goes
 * back, passcodes are therefore refused until it has passed the last spent step again: no passcode passes twice.
 */
export function createTotpFactor(options: TotpOptions): PasscodeFactor {
  return {
    type: 'totp',
    check(token, passcode, nowMs) {
      const nowStep = stepAt(token, nowMs);
      const found = findCounter(token, passcode, candidateSteps(token, nowStep, options.window));
      if (found.kind !== 'found') return found;
      return { kind: 'match', counter: found.counter, driftSteps: found.counter - nowStep };
    },
    shown: (token, nowMs) =>
      candidateSteps(token, stepAt(token, nowMs), options.window).map((step) => passcodeAt(token, step)),
  };
}

function stepAt({ periodSeconds }: PasscodeToken, nowMs: number): number {
  return Math.floor(nowMs / 1000 / periodSeconds);
}

// Nearest first: a good passcode mostly costs one HMAC.
function candidateSteps(token: PasscodeToken, nowStep: number, window: number): number[] {
  const expected = nowStep + token.driftSteps;
  const steps = [expected];
  for (let distance = 1; distance <= window; distance += 1) steps.push(expected - distance, expected + distance);
  if (!steps.includes(nowStep)) steps.push(nowStep);
  const limit = Math.max(1, Math.ceil(Math.abs(token.driftSteps) / MAX_DRIFT_STEPS)) * MAX_DRIFT_STEPS;
  return steps.filter((step) => step >= 0 && Math.abs(step - nowStep) <= limit);
}
