import type { FactorOptions, PolicyOptions } from '../../../src/policy/index.ts';

/** A policy without rules. */
export const POLICY: PolicyOptions = {
  factors: ['totp', 'push'],
  unenrolled: 'deny',
  unavailable: 'deny',
  lockout: { failures: 5, seconds: 900 },
  menu: false,
  pin: false,
  passwordChange: false,
  fraudBlockDays: 90,
};

/** Factors, each with a wait of its own. */
export const FACTORS: FactorOptions = {
  attempts: 3,
  totp: { ttlSeconds: 300 },
  hotp: { ttlSeconds: 30 },
  sms: { ttlSeconds: 120 },
  call: { ttlSeconds: 50 },
  email: { ttlSeconds: 600 },
  push: { ttlSeconds: 60, numberMatching: false },
};
