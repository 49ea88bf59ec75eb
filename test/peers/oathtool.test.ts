import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createTokenSecret, encodeBase32, passcodeFactors } from '../../src/factors/index.ts';
import type { OtpAlgorithm, PasscodeToken, PasscodeType } from '../../src/factors/index.ts';
import { createSystemRandom } from '../../src/lib/random.ts';

const isInstalled = spawnSync('oathtool', ['--version']).status === 0;
const isDemanded = process.env['CI'] === 'true';

const random = createSystemRandom();
const nowMs = Date.UTC(2026, 6, 1, 12, 34, 56);
const window = 3;
const factors = passcodeFactors({ totp: { window }, hotp: { window } });

function createToken(type: PasscodeType, algorithm: OtpAlgorithm, digits: number): PasscodeToken {
  return {
    id: 1,
    userId: 1,
    type,
    serial: 'peer',
    secret: createTokenSecret(random, algorithm),
    digits,
    algorithm,
    periodSeconds: 30,
    lastCounter: -1,
    driftSteps: 0,
  };
}

/** What oathtool shows for that token; the secret goes by standard input. */
function oathtool(token: PasscodeToken, options: readonly string[]): string {
  const args = ['--base32', `--digits=${token.digits}`, ...options, '-'];
  return execFileSync('oathtool', args, { input: encodeBase32(token.secret.reveal()), encoding: 'utf8' }).trim();
}

it.skipIf(!isInstalled && !isDemanded)('oathtool is installed', () => {
  expect(isInstalled).toBe(true);
});

describe.skipIf(!isInstalled)('oathtool as the phone', () => {
  const algorithms = ['sha1', 'sha256', 'sha512'] as const;
  const totpCases = algorithms.flatMap((algorithm) =>
    [6, 7, 8].flatMap((digits) => [30, 60].map((periodSeconds) => ({ algorithm, digits, periodSeconds }))),
  );

  it.each(totpCases)('shows the TOTP we expect: $algorithm, $digits digits, $periodSeconds s', (shape) => {
    const token = { ...createToken('totp', shape.algorithm, shape.digits), periodSeconds: shape.periodSeconds };
    const passcode = oathtool(token, [
      `--totp=${shape.algorithm}`,
      `--time-step-size=${shape.periodSeconds}s`,
      `--now=${new Date(nowMs).toISOString().replace('T', ' ').slice(0, 19)} UTC`,
    ]);
    const counter = Math.floor(nowMs / 1000 / shape.periodSeconds);
    expect(factors.totp.check(token, Buffer.from(passcode), nowMs)).toEqual({ kind: 'match', counter, driftSteps: 0 });
  });

  it.each([6, 7, 8])('shows the HOTP we expect: %i digits, counters looked ahead', (digits) => {
    const token = { ...createToken('hotp', 'sha1', digits), lastCounter: 4_000_000_000 - 1 };
    for (let ahead = 0; ahead <= window; ahead += 1) {
      const counter = 4_000_000_000 + ahead;
      const passcode = oathtool(token, ['--hotp', `--counter=${counter}`]);
      expect(factors.hotp.check(token, Buffer.from(passcode), nowMs)).toMatchObject({ kind: 'match', counter });
    }
  });
});
