import type { Random } from '../lib/random.ts';
import { Secret } from '../lib/secret.ts';
import type { OtpAlgorithm } from './factor.ts';

/** Octets of a new secret: as long as the digest (RFC 4226 §4 R6 recommends 160 bits, RFC 6238 §5.1 the digest's length). */
export const newSecretOctets: Readonly<Record<OtpAlgorithm, number>> = { sha1: 20, sha256: 32, sha512: 64 };

// Apps that make their own keys of 80 bits are common, so these are taken with a warning.
const MIN_OCTETS = 10;
// RFC 4226 §4 R6: at least 128 bits.
const RECOMMENDED_OCTETS = 16;
const MAX_OCTETS = 128;

/** Whether a secret is long enough; `problem` is a sentence without the secret. */
export type SecretJudgement =
  | { readonly kind: 'good' }
  | { readonly kind: 'weak'; readonly problem: string }
  | { readonly kind: 'refused'; readonly problem: string };

/** A fresh secret for a token of that algorithm. */
export function createTokenSecret(random: Random, algorithm: OtpAlgorithm): Secret {
  return Secret.fromOctets(random.octets(newSecretOctets[algorithm]));
}

/** Judges the length of a secret that somebody else has made: under 10 octets refused, under 16 weak. */
export function judgeSecret(secret: Secret): SecretJudgement {
  const { length } = secret;
  if (length < MIN_OCTETS) return refused(length, `at least ${MIN_OCTETS} are needed`);
  if (length > MAX_OCTETS) return refused(length, `at most ${MAX_OCTETS} are taken`);
  if (length >= RECOMMENDED_OCTETS) return { kind: 'good' };
  return { kind: 'weak', problem: `the secret has ${length} octets, ${RECOMMENDED_OCTETS} or more are recommended` };
}

function refused(length: number, bound: string): SecretJudgement {
  return { kind: 'refused', problem: `the secret has ${length} octets, ${bound}` };
}
