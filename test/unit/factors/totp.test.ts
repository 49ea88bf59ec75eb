import { describe, expect, it } from 'vitest';
import { passcodeAt, passcodeFactors } from '../../../src/factors/index.ts';
import type { PasscodeCheck, PasscodeToken } from '../../../src/factors/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { factorContract } from '../../contract/factor.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const STEP_MS = 30_000;
const factorOf = (window: number) => passcodeFactors({ totp: { window }, hotp: { window: 0 } }).totp;

for (const window of [0, 1, 5]) {
  factorContract(`TOTP, window ${window}`, {
    factor: factorOf(window),
    window,
    nowMs: 1_700_000_000_000,
    expected: Math.floor(1_700_000_000 / 30),
  });
}

describe('TOTP', () => {
  const clock = new FakeClock();
  const nowStep = Math.floor(clock.nowMs() / STEP_MS);
  const token: PasscodeToken = {
    id: 1,
    userId: 1,
    type: 'totp',
    serial: 'T-1',
    secret: Secret.fromText('12345678901234567890'),
    digits: 6,
    algorithm: 'sha1',
    periodSeconds: 30,
    lastCounter: -1,
    driftSteps: 0,
  };
  const shown = (step: number) => Buffer.from(passcodeAt(token, step));
  const check = (of: PasscodeToken, step: number, window = 1): PasscodeCheck =>
    factorOf(window).check(of, shown(step), clock.nowMs());

  it('accepts the step before and remembers a slow device', () => {
    expect(check(token, nowStep - 1)).toEqual({ kind: 'match', counter: nowStep - 1, driftSteps: -1 });
    expect(check(token, nowStep - 2)).toEqual({ kind: 'wrong' });
  });

  it('accepts the step after and remembers a fast device', () => {
    expect(check(token, nowStep + 1)).toEqual({ kind: 'match', counter: nowStep + 1, driftSteps: 1 });
    expect(check(token, nowStep + 2)).toEqual({ kind: 'wrong' });
  });

  it('expects the passcode shifted by the remembered drift', () => {
    const slow = { ...token, driftSteps: -4 };
    expect(check(slow, nowStep - 4)).toEqual({ kind: 'match', counter: nowStep - 4, driftSteps: -4 });
    expect(check(slow, nowStep - 5)).toEqual({ kind: 'match', counter: nowStep - 5, driftSteps: -5 });
    expect(check(slow, nowStep - 6)).toEqual({ kind: 'wrong' });
    expect(check(slow, nowStep - 2)).toEqual({ kind: 'wrong' });
  });

  it('still accepts what an exact clock shows after late answers have moved the window', () => {
    const misled = { ...token, driftSteps: -3, lastCounter: nowStep - 3 };
    expect(check(misled, nowStep)).toEqual({ kind: 'match', counter: nowStep, driftSteps: 0 });
  });

  it('never lets the drift grow beyond twenty steps', () => {
    const slow = { ...token, driftSteps: -20 };
    expect(check(slow, nowStep - 20)).toMatchObject({ kind: 'match', driftSteps: -20 });
    expect(check(slow, nowStep - 21)).toEqual({ kind: 'wrong' });
  });

  it('changes its passcode at the border of a step', () => {
    const factor = factorOf(0);
    const startMs = nowStep * STEP_MS;
    expect(factor.check(token, shown(nowStep), startMs)).toMatchObject({ kind: 'match' });
    expect(factor.check(token, shown(nowStep), startMs + STEP_MS - 1)).toMatchObject({ kind: 'match' });
    expect(factor.check(token, shown(nowStep), startMs - 1)).toEqual({ kind: 'wrong' });
    expect(factor.check(token, shown(nowStep), startMs + STEP_MS)).toEqual({ kind: 'wrong' });
  });

  it.each([15, 30, 60, 120])('counts steps of %i seconds', (periodSeconds) => {
    const other = { ...token, periodSeconds };
    const step = Math.floor(clock.nowMs() / 1000 / periodSeconds);
    expect(factorOf(0).check(other, shown(step), clock.nowMs())).toEqual({
      kind: 'match',
      counter: step,
      driftSteps: 0,
    });
  });

  it('accepts a step inside the window after an earlier one was spent', () => {
    expect(check({ ...token, lastCounter: nowStep - 1 }, nowStep)).toMatchObject({ kind: 'match', counter: nowStep });
    expect(check({ ...token, lastCounter: nowStep }, nowStep - 1)).toEqual({ kind: 'replayed' });
  });

  it('refuses every spent step when the wall clock goes back, until it has passed them again', () => {
    const jumping = new FakeClock(clock.nowMs());
    const spent = { ...token, lastCounter: nowStep };
    jumping.jumpWall(-10 * STEP_MS);
    for (let step = nowStep - 11; step <= nowStep - 9; step += 1) {
      expect(factorOf(1).check(spent, shown(step), jumping.nowMs())).toEqual({ kind: 'replayed' });
    }
    jumping.jumpWall(11 * STEP_MS);
    expect(factorOf(1).check(spent, shown(nowStep + 1), jumping.nowMs())).toMatchObject({ kind: 'match' });
  });

  it('has no steps before 1970', () => {
    expect(factorOf(1).check(token, shown(0), 0)).toMatchObject({ kind: 'match', counter: 0 });
    expect(factorOf(1).check(token, shown(0), -10 * STEP_MS)).toEqual({ kind: 'wrong' });
  });
});
