import { describe, expect, it } from 'vitest';
import { passcodeFactors } from '../../src/factors/index.ts';
import type { OtpAlgorithm, PasscodeToken } from '../../src/factors/index.ts';
import { Secret } from '../../src/lib/secret.ts';

// Appendix B prints one secret; errata 2866 gives the longer ones of SHA256 and SHA512 (the digits repeated).
const secretOctets: Readonly<Record<OtpAlgorithm, number>> = { sha1: 20, sha256: 32, sha512: 64 };

const rows: readonly (readonly [seconds: number, sha1: string, sha256: string, sha512: string])[] = [
  [59, '94287082', '46119246', '90693936'],
  [1111111109, '07081804', '68084774', '25091201'],
  [1111111111, '14050471', '67062674', '99943326'],
  [1234567890, '89005924', '91819424', '93441116'],
  [2000000000, '69279037', '90698825', '38618901'],
  [20000000000, '65353130', '77737706', '47863826'],
];

const vectors = rows.flatMap(([seconds, sha1, sha256, sha512]) => [
  { seconds, algorithm: 'sha1' as const, passcode: sha1 },
  { seconds, algorithm: 'sha256' as const, passcode: sha256 },
  { seconds, algorithm: 'sha512' as const, passcode: sha512 },
]);

describe('RFC 6238 Appendix B', () => {
  const { totp } = passcodeFactors({ totp: { window: 0 }, hotp: { window: 0 } });

  it.each(vectors)('shows $passcode at $seconds s with $algorithm', ({ seconds, algorithm, passcode }) => {
    const token: PasscodeToken = {
      id: 1,
      userId: 1,
      type: 'totp',
      serial: 'RFC6238',
      secret: Secret.fromText('1234567890'.repeat(7).slice(0, secretOctets[algorithm])),
      digits: 8,
      algorithm,
      periodSeconds: 30,
      lastCounter: -1,
      driftSteps: 0,
    };
    expect(totp.check(token, Buffer.from(passcode), seconds * 1000)).toEqual({
      kind: 'match',
      counter: Math.floor(seconds / 30),
      driftSteps: 0,
    });
  });
});
