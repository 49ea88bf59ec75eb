import { hash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { numberField, textField, type Fields } from './fields.ts';

/** What a pending token knows of the secret that its owner has to show. */
export interface KeptCredential {
  /** SHA-256 of the secret, in hexadecimal. */
  readonly credentialDigest: string;
  /** Wall milliseconds from which it is worth nothing. */
  readonly expiresAtMs: number;
}

/** Octets of a secret that begins an enrolment. */
export const CREDENTIAL_OCTETS = 20;

/** How long an enrolment may take where the configuration says nothing: an hour. */
export const ENROLMENT_TTL_SECONDS = 3_600;

/** What is kept of a new secret: its digest and its end. */
export function keepCredential(credential: string, clock: Clock, ttlSeconds = ENROLMENT_TTL_SECONDS): KeptCredential {
  return { credentialDigest: digest(credential).toString('hex'), expiresAtMs: clock.nowMs() + ttlSeconds * 1_000 };
}

/** Whether the secret is the one whose digest was kept, and in time. */
export function isCredential(credential: string, kept: Fields | undefined, clock: Clock): boolean {
  const expiresAtMs = numberField(kept, 'expiresAtMs') ?? 0;
  const expected = Buffer.from(textField(kept, 'credentialDigest', 64) ?? '', 'hex');
  const given = digest(credential);
  return expected.length === given.length && timingSafeEqual(expected, given) && clock.nowMs() < expiresAtMs;
}

function digest(credential: string): Buffer {
  return hash('sha256', credential, 'buffer');
}
