import type { OtpAlgorithm, PasscodeToken } from './factor.ts';
import { FactorError } from './error.ts';

/** How many digits a passcode may have (RFC 4226 §5.3: at least 6, 7 and 8 possible). */
export const passcodeDigits = [6, 7, 8] as const;

/** One of `passcodeDigits`. */
export type PasscodeDigits = (typeof passcodeDigits)[number];

/** HMAC algorithms of RFC 6238 §1.2. */
export const otpAlgorithms = ['sha1', 'sha256', 'sha512'] as const satisfies readonly OtpAlgorithm[];

/** Seconds a time step may last; 30 is the default of RFC 6238 §5.2, hardware also comes with 60. */
export const periodBounds = { minSeconds: 15, defaultSeconds: 30, maxSeconds: 120 } as const;

/** The numbers that shape a token's passcodes. */
export type PasscodeShape = Pick<PasscodeToken, 'digits' | 'algorithm' | 'periodSeconds'>;

/** What is wrong with these numbers, as a sentence; `undefined` when nothing is. */
export function passcodeShapeProblem(shape: PasscodeShape): string | undefined {
  if (!isDigits(shape.digits)) return `digits must be 6, 7 or 8, not ${shape.digits}`;
  if (!otpAlgorithms.includes(shape.algorithm)) return 'algorithm must be sha1, sha256 or sha512';
  const { minSeconds, maxSeconds } = periodBounds;
  const { periodSeconds } = shape;
  if (Number.isInteger(periodSeconds) && periodSeconds >= minSeconds && periodSeconds <= maxSeconds) return undefined;
  return `period must be ${minSeconds} to ${maxSeconds} whole seconds, not ${periodSeconds}`;
}

/** The same token with its digits known to be 6, 7 or 8; throws `FactorError` `token-invalid` otherwise. */
export function requirePasscodeShape<Shape extends PasscodeShape>(shape: Shape): Shape & { digits: PasscodeDigits } {
  const problem = passcodeShapeProblem(shape);
  if (problem !== undefined) throw new FactorError('token-invalid', problem);
  return shape as Shape & { digits: PasscodeDigits };
}

function isDigits(digits: number): digits is PasscodeDigits {
  return (passcodeDigits as readonly number[]).includes(digits);
}
