import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../lib/secret.ts';

/** Parameters of a request of the SMS API. */
export type SmsParameters = Readonly<Record<string, string>>;

/** The account's way to sign. */
export interface SmsSigning {
  readonly method: 'sha256' | 'sha512';
  readonly secret: Secret;
}

const MAX_AGE_SECONDS = 300;

/**
 * `sig` of the SMS API: HMAC, hexadecimal, over `&name=value` of each parameter in the order of their names, with `&`
 * and `=` in values made `_` (https://developer.vonage.com/en/getting-started/concepts/signing-messages).
 */
export function smsSignature(parameters: SmsParameters, { method, secret }: SmsSigning): string {
  const text = Object.entries(parameters)
    .filter(([name]) => name !== 'sig')
    .toSorted(([one], [other]) => (one < other ? -1 : Number(one > other)))
    .map(([name, value]) => `&${name}=${value.replace(/[&=]/g, '_')}`)
    .join('');
  return createHmac(method, secret.reveal()).update(text, 'utf8').digest('hex');
}

/** Whether the parameters are signed by Vonage, not long ago. */
export function isSignedSms(parameters: SmsParameters, signing: SmsSigning, nowMs: number): boolean {
  const given = Buffer.from(parameters['sig'] ?? '', 'hex');
  const made = Buffer.from(smsSignature(parameters, signing), 'hex');
  if (given.length !== made.length || !timingSafeEqual(given, made)) return false;
  const timestamp = Number(parameters['timestamp'] ?? Number.NaN);
  return Math.abs(nowMs / 1000 - timestamp) <= MAX_AGE_SECONDS;
}
