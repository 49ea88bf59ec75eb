import { describe, expect, it } from 'vitest';
import { passcodeAt, passcodeFactors } from '../../src/factors/index.ts';
import type { PasscodeToken } from '../../src/factors/index.ts';
import { Secret } from '../../src/lib/secret.ts';

const token: PasscodeToken = {
  id: 1,
  userId: 1,
  type: 'hotp',
  serial: 'RFC4226',
  secret: Secret.fromText('12345678901234567890'),
  digits: 6,
  algorithm: 'sha1',
  periodSeconds: 30,
  lastCounter: -1,
  driftSteps: 0,
};

const values = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'];

describe('RFC 4226 Appendix D', () => {
  it.each(values.map((value, count) => [count, value] as const))('shows at count %i the value %s', (count, value) => {
    expect(passcodeAt(token, count)).toBe(value);
  });

  it('accepts the ten values one after the other', () => {
    const { hotp } = passcodeFactors({ totp: { window: 0 }, hotp: { window: 0 } });
    const checks = values.map((value, count) =>
      hotp.check({ ...token, lastCounter: count - 1 }, Buffer.from(value), 0),
    );
    expect(checks).toEqual(values.map((_, counter) => ({ kind: 'match', counter, driftSteps: 0 })));
  });
});
