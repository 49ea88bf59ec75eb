import { describe, expect, it } from 'vitest';
import { passcodeAt, passcodeFactors } from '../../../src/factors/index.ts';
import type { PasscodeToken } from '../../../src/factors/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { factorContract } from '../../contract/factor.ts';

const factorOf = (window: number) => passcodeFactors({ totp: { window: 0 }, hotp: { window } }).hotp;

for (const window of [0, 1, 10]) {
  factorContract(`HOTP, window ${window}`, { factor: factorOf(window), window, nowMs: 0, expected: 41 });
}

describe('HOTP', () => {
  const token: PasscodeToken = {
    id: 1,
    userId: 1,
    type: 'hotp',
    serial: 'H-1',
    secret: Secret.fromText('12345678901234567890'),
    digits: 6,
    algorithm: 'sha1',
    periodSeconds: 30,
    lastCounter: -1,
    driftSteps: 0,
  };
  const shown = (counter: number) => Buffer.from(passcodeAt(token, counter));

  it('starts a new token at counter 0', () => {
    expect(factorOf(0).check(token, shown(0), 0)).toEqual({ kind: 'match', counter: 0, driftSteps: 0 });
  });

  it('gives the skipped counter, so that spending it spends those before it', () => {
    const match = factorOf(5).check(token, shown(4), 0);
    expect(match).toEqual({ kind: 'match', counter: 4, driftSteps: 0 });
    expect(factorOf(5).check({ ...token, lastCounter: 4 }, shown(2), 0)).toEqual({ kind: 'replayed' });
  });

  it('does not look back beyond its window', () => {
    expect(factorOf(2).check({ ...token, lastCounter: 50 }, shown(48), 0)).toEqual({ kind: 'replayed' });
    expect(factorOf(2).check({ ...token, lastCounter: 50 }, shown(47), 0)).toEqual({ kind: 'wrong' });
  });

  it('does not care what the clock says', () => {
    expect(factorOf(0).check(token, shown(0), -1)).toEqual(factorOf(0).check(token, shown(0), 1e15));
  });
});
