import { createPrivateKey, generateKeyPair, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { encodeBase32 } from '../../lib/base32.ts';
import type { WaitingPrompt } from './pending-prompts.ts';

/** A challenge as the app gets it: every value is text. */
export type Challenge = Readonly<Record<string, string>>;

/** What a challenge is made of. */
export interface ChallengeParts {
  readonly prompt: WaitingPrompt;
  readonly serial: string;
  readonly nonce: string;
  readonly url: string;
}

const SERVER_KEY_BITS = 2048;
const makeKeyPair = promisify(generateKeyPair);
const signWith = promisify(sign) as (algorithm: string, data: Buffer, key: KeyObject) => Promise<Buffer>;

// A newer app says why something was declined only to a server that announces that it understands.
const CAPABILITIES = { decline_reason: true };

/** The one answer to everything that fails, in the form the app reads. */
export const FAILURE = {
  jsonrpc: '2.0',
  id: 1,
  result: { status: false, error: { code: 403, message: 'the request could not be verified' } },
};

/** An answer in the form the app reads. */
export function success(value: unknown, detail: object = {}): object {
  return { jsonrpc: '2.0', id: 1, result: { status: true, value }, detail };
}

/** A key of ours for one phone: private as PKCS #8, public as PKCS #1 (RFC 8017 §A.1.1), both DER in Base64. */
export async function newServerKey(): Promise<{ privateKey: string; publicKey: string }> {
  const { privateKey, publicKey } = await makeKeyPair('rsa', { modulusLength: SERVER_KEY_BITS });
  return {
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    publicKey: publicKey.export({ format: 'der', type: 'pkcs1' }).toString('base64'),
  };
}

/** The challenge for the app, signed by our key for that phone (RSASSA-PKCS1-v1_5 with SHA-256, in Base32). */
export async function signChallenge(
  { prompt, serial, nonce, url }: ChallengeParts,
  serverKey: string,
): Promise<Challenge> {
  const key = createPrivateKey({ key: Buffer.from(serverKey, 'base64'), format: 'der', type: 'pkcs8' });
  const question = withoutBars(prompt.body);
  const title = withoutBars(prompt.title);
  const options = prompt.choices?.join(',');
  const signed = [nonce, url, serial, question, title, '1', ...(options === undefined ? [] : [options])].join('|');
  // Canonical JSON (RFC 8785): the members in order, no spaces.
  const announced = JSON.stringify({ capabilities: CAPABILITIES, nonce });
  return {
    nonce,
    url,
    serial,
    question,
    title,
    sslverify: '1',
    ...(options === undefined ? {} : { require_presence: options, version: '2' }),
    signature: await signature(signed, key),
    capabilities: JSON.stringify(CAPABILITIES),
    capabilities_signature: await signature(announced, key),
  };
}

/** Milliseconds since 1970, with fractions, of the time as the app writes it (UTC, to the microsecond); else `undefined`. */
export function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  if (match === null) return undefined;
  const [, seconds = '', fraction = '', zone = 'Z'] = match;
  const atMs = Date.parse(`${seconds}${zone}`) + Number(`0${fraction}`) * 1_000;
  return Number.isNaN(atMs) ? undefined : atMs;
}

async function signature(text: string, key: KeyObject): Promise<string> {
  return encodeBase32(await signWith('sha256', Buffer.from(text), key));
}

// Bars divide what is signed: a text with one could be read in two ways.
function withoutBars(text: string): string {
  return text.replaceAll('|', '/');
}
