import { createHash, createHmac, createPrivateKey, createSign, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import { jsonMapping } from './web-request.ts';

const LIFETIME_SECONDS = 60;

// A signed request is taken within this time of its signature; clocks differ, and Vonage repeats what was not answered.
const MAX_AGE_SECONDS = 300;

/** A token by which an application shows who it is: RS256, good for a minute. Throws where the key is none. */
export function applicationToken(
  { applicationId, privateKey }: { readonly applicationId: string; readonly privateKey: Secret },
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): string {
  const nowSeconds = Math.floor(clock.nowMs() / 1000);
  const claims = {
    application_id: applicationId,
    iat: nowSeconds,
    exp: nowSeconds + LIFETIME_SECONDS,
    jti: random.octets(16).toString('hex'),
  };
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  const signature = createSign('sha256').update(signed).sign(createPrivateKey(privateKey.reveal()), 'base64url');
  return `${signed}.${signature}`;
}

/** What a signed webhook has to fit. */
export interface WebhookExpectations {
  readonly secret: Secret;
  readonly apiKey: string;
  readonly body: Buffer;
  readonly nowMs: number;
}

/**
 * Whether the token of `Authorization: Bearer …` is Vonage's and belongs to this body: HS256 under the signature secret,
 * fresh, made for our account, with the body's SHA-256 in `payload_hash`.
 */
export function isGenuineWebhook(authorization: string | undefined, expected: WebhookExpectations): boolean {
  const [, header = '', payload = '', signature = ''] =
    /^Bearer ([\w-]{1,4000})\.([\w-]{1,8000})\.([\w-]{43})$/i.exec(authorization ?? '') ?? [];
  const made = createHmac('sha256', expected.secret.reveal()).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== made.length || !timingSafeEqual(given, made)) return false;
  const [head, claims] = [decode(header), decode(payload)];
  return head?.['alg'] === 'HS256' && claims !== undefined && fits(claims, expected);
}

function fits(claims: Readonly<Record<string, unknown>>, { apiKey, body, nowMs }: WebhookExpectations): boolean {
  const nowSeconds = nowMs / 1000;
  const { iat, exp, api_key: key, payload_hash: hash } = claims;
  const isFresh = typeof iat === 'number' && Math.abs(nowSeconds - iat) <= MAX_AGE_SECONDS;
  const isExpired = exp !== undefined && !(typeof exp === 'number' && exp > nowSeconds - MAX_AGE_SECONDS);
  const isOurs = key === undefined || key === apiKey;
  const digest = createHash('sha256').update(body).digest('hex');
  return isFresh && !isExpired && isOurs && typeof hash === 'string' && hash.toLowerCase() === digest;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  return jsonMapping(Buffer.from(part, 'base64url').toString('utf8'));
}
