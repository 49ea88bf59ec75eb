import * as z from 'zod';
import { ttlSchema, whole } from './common.ts';

const lockoutSchema = z.strictObject({
  failures: whole(1, 100).default(5).describe('Wrong answers in a row, across challenges, that lock a user out.'),
  seconds: whole(1, 86_400).default(900).describe('Seconds a lock-out lasts.'),
});

/** One of `policies`: a second door. */
export const policySchema = z.strictObject({
  factors: z
    .array(z.enum(['totp', 'hotp']))
    .describe('Kinds of second factor, the preferred first; an empty list asks for none.'),
  unenrolled: z
    .enum(['deny', 'allow'])
    .default('deny')
    .describe(
      'A user without any token for these factors: refused, or let in by password alone. Names count as they are stored here: users whom a home server knows by several spellings must be enrolled under the one that is sent.',
    ),
  unavailable: z
    .enum(['deny', 'allow', 'silence'])
    .default('deny')
    .describe(
      'When no primary can be asked: refuse, let the second factor alone decide (marked in the audit), or stay silent so that the NAS turns to its next server.',
    ),
  lockout: lockoutSchema.prefault({}).describe('Lock-out of a user after wrong answers.'),
  rules: z.array(z.unknown()).max(0).optional().describe('Exceptions, first match wins; empty in this version.'),
});

const totpSchema = z.strictObject({
  window: whole(0, 10).default(1).describe('Time steps accepted before and after the present one (RFC 6238 §5.2).'),
  ttlSeconds: ttlSchema.default(300).describe('Seconds a challenge waits for its passcode.'),
  issuer: z
    .string()
    .min(1)
    .max(64)
    .refine((text) => !text.includes(':'), { error: 'must not contain a colon' })
    .default('Sallyport')
    .describe('Name the authenticator app shows for new tokens.'),
});

const hotpSchema = z.strictObject({
  window: whole(0, 100).default(10).describe('Counters looked ahead of the last one used (RFC 4226 §7.2).'),
  ttlSeconds: ttlSchema.default(300).describe('Seconds a challenge waits for its passcode.'),
});

/** `factors`: what holds for each kind of second factor. */
export const factorsSchema = z.strictObject({
  totp: totpSchema.prefault({}).describe('Time-based passcodes (RFC 6238).'),
  hotp: hotpSchema.prefault({}).describe('Counter-based passcodes (RFC 4226).'),
  attempts: whole(1, 10).default(3).describe('Answers one challenge allows.'),
});
