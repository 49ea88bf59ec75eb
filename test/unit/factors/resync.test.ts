import { describe, expect, it } from 'vitest';
import {
  passcodeAt,
  passcodeFactors,
  resync,
  RESYNC_CLOCK_SECONDS,
  RESYNC_COUNTERS,
} from '../../../src/factors/index.ts';
import type { PasscodeToken } from '../../../src/factors/index.ts';
import { Secret } from '../../../src/lib/secret.ts';

const nowMs = Date.UTC(2026, 6, 1, 12, 0, 0);
const nowStep = nowMs / 30_000;

const hotp: PasscodeToken = {
  id: 1,
  userId: 1,
  type: 'hotp',
  serial: 'T-1',
  secret: Secret.fromText('12345678901234567890'),
  digits: 6,
  algorithm: 'sha1',
  periodSeconds: 30,
  lastCounter: 99,
  driftSteps: 0,
};
const totp: PasscodeToken = { ...hotp, type: 'totp', lastCounter: -1 };

const shownAt = (token: PasscodeToken, counter: number) => Buffer.from(passcodeAt(token, counter), 'ascii');
const pair = (token: PasscodeToken, second: number): [Buffer, Buffer] => [
  shownAt(token, second - 1),
  shownAt(token, second),
];

describe('resynchronisation of HOTP', () => {
  it.each([101, 102, 500, 100 + RESYNC_COUNTERS])('finds counter %i and spends it', (counter) => {
    expect(resync(hotp, pair(hotp, counter), nowMs)).toEqual({ kind: 'found', counter, driftSteps: 0 });
  });

  it('looks no further than its window', () => {
    expect(resync(hotp, pair(hotp, 101 + RESYNC_COUNTERS), nowMs)).toEqual({ kind: 'not-found' });
  });

  it('never goes back behind a spent counter, not even by the first passcode alone', () => {
    for (const counter of [100, 99, 50, 1]) expect(resync(hotp, pair(hotp, counter), nowMs)).toEqual({ kind: 'spent' });
  });

  it('wants both passcodes, in their order', () => {
    const [first, second] = pair(hotp, 200);
    for (const wrong of [
      [second, first],
      [first, first],
      [first, shownAt(hotp, 201)],
      [shownAt(hotp, 198), second],
      [first, second.subarray(1)],
      [Buffer.alloc(0), Buffer.alloc(0)],
    ] as [Buffer, Buffer][])
      expect(resync(hotp, wrong, nowMs)).toEqual({ kind: 'not-found' });
  });

  it('begins at the first counter of a new token', () => {
    const fresh = { ...hotp, lastCounter: -1 };
    expect(resync(fresh, pair(fresh, 1), nowMs)).toMatchObject({ kind: 'found', counter: 1 });
  });
});

describe('resynchronisation of TOTP', () => {
  const reach = RESYNC_CLOCK_SECONDS / 30;

  it.each([0, 1, -1, 21, -120, reach, -reach])('finds a clock that is %i steps off', (driftSteps) => {
    const counter = nowStep + driftSteps;
    expect(resync(totp, pair(totp, counter), nowMs)).toEqual({ kind: 'found', counter, driftSteps });
  });

  it('looks no further than a day', () => {
    for (const off of [reach + 1, -reach - 1])
      expect(resync(totp, pair(totp, nowStep + off), nowMs)).toEqual({ kind: 'not-found' });
  });

  it('looks a day to both sides of an interval of 60 seconds as well', () => {
    const slow = { ...totp, periodSeconds: 60 };
    const counter = nowStep / 2 - 1_440;
    expect(resync(slow, pair(slow, counter), nowMs)).toMatchObject({ kind: 'found', driftSteps: -1_440 });
  });

  it('never goes back behind a spent step', () => {
    const used = { ...totp, lastCounter: nowStep };
    expect(resync(used, pair(used, nowStep + 1), nowMs)).toEqual({ kind: 'spent' });
    expect(resync(used, pair(used, nowStep - 100), nowMs)).toEqual({ kind: 'spent' });
    expect(resync(used, pair(used, nowStep + 2), nowMs)).toMatchObject({ kind: 'found' });
  });

  it('is found around the drift that is known, however large', () => {
    const drifted = { ...totp, driftSteps: 1_000_000 };
    expect(resync(drifted, pair(drifted, nowStep + 5), nowMs)).toMatchObject({ driftSteps: 5 });
  });

  const factor = passcodeFactors({ totp: { window: 1 }, hotp: { window: 0 } }).totp;

  it.each([21, 120, 2_000, -2_000])('lets logins go on from a drift of %i steps', (driftSteps) => {
    const token = { ...totp, driftSteps, lastCounter: nowStep + driftSteps };
    const later = nowMs + 90_000;
    const counter = nowStep + driftSteps + 3;
    expect(factor.check(token, shownAt(token, counter), later)).toEqual({ kind: 'match', counter, driftSteps });
  });

  it('does not let logins lead the drift on without end', () => {
    let token = { ...totp, driftSteps: 105, lastCounter: -1 };
    for (let login = 0; login < 50; login += 1) {
      const passcode = shownAt(token, nowStep + token.driftSteps + 1);
      const found = factor.check({ ...token, lastCounter: -1 }, passcode, nowMs);
      if (found.kind === 'match') token = { ...token, driftSteps: found.driftSteps };
    }
    expect(token.driftSteps).toBe(120);
  });
});
