import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../lib/secret.ts';

/** What Twilio signs of a request that has a form as its body. */
export interface SignedForm {
  /** The whole address with its query, as Twilio was told it. */
  readonly url: string;
  readonly fields: readonly (readonly [string, string])[];
}

/**
 * X-Twilio-Signature: HMAC-SHA1 under the auth token, Base64, of the address followed by name and value of each field,
 * in the order of their names (https://www.twilio.com/docs/usage/security#validating-requests).
 */
export function twilioSignature({ url, fields }: SignedForm, authToken: Secret): string {
  const sorted = fields.toSorted(([one], [other]) => (one < other ? -1 : Number(one > other)));
  const text = url + sorted.map(([name, value]) => name + value).join('');
  return createHmac('sha1', authToken.reveal()).update(text, 'utf8').digest('base64');
}

/** Whether the signature is Twilio's. It signs the address with its port or without: both count. */
export function isTwilioSignature(given: string | undefined, form: SignedForm, authToken: Secret): boolean {
  if (given === undefined) return false;
  return spellingsOf(form.url)
    .map((url) => isSame(given, twilioSignature({ ...form, url }, authToken)))
    .includes(true);
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

const standardPorts: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

function spellingsOf(url: string): string[] {
  const match = /^(https?:)\/\/([^/?#]+)(.*)$/s.exec(url);
  if (match === null) return [url];
  const [, protocol = '', host = '', rest = ''] = match;
  const bare = host.replace(/:\d+$/, '');
  const port = standardPorts[protocol] ?? '';
  return [...new Set([url, `${protocol}//${bare}${rest}`, `${protocol}//${bare}:${port}${rest}`])];
}
