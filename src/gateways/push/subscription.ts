import { isIP } from 'node:net';
import { parseAddress, parsePrefix, contains, hostOf } from '../../lib/ip.ts';
import { readP256Key } from './device-keys.ts';
import { asFields, textField } from './fields.ts';

/** Where and how a browser takes Web Push messages (PushSubscription of the Push API). */
export interface Subscription {
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

// IANA's registries of special addresses: what is not of the public internet, or leads back into a private network.
const PRIVATE = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
].flatMap((text) => parsePrefix(text) ?? []);
// Of IPv6 only global unicast counts (RFC 4291 §2.4), without the ranges that hold IPv4 addresses or are for papers.
const GLOBAL_IPV6 = ['2000::/3'].flatMap((text) => parsePrefix(text) ?? []);
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].flatMap(
  (text) => parsePrefix(text) ?? [],
);

const MAX_ENDPOINT_CHARACTERS = 1_024;
// RFC 8291 §3.1 and §3.2: an uncompressed point of P-256, and 16 octets.
const POINT_OCTETS = 65;
const AUTH_OCTETS = 16;

/** Whether the address belongs to the public internet. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const isIn = (prefixes: typeof PRIVATE): boolean => prefixes.some((prefix) => contains(prefix, address));
  return address.length === 4 ? !isIn(PRIVATE) : isIn(GLOBAL_IPV6) && !isIn(SPECIAL_IPV6);
}

/**
 * Where a push service may be: the phone names it, so it must not lead to what only we can reach. https on its own port,
 * a name or a public address; what a name stands for is looked at again on connecting. `mayBePrivate` is for tests.
 */
export function readEndpoint(text: string, mayBePrivate: boolean): URL | undefined {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return undefined;
  if (mayBePrivate) return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
  const host = hostOf(url);
  const isHostPublic = isIP(host) === 0 ? host.includes('.') : isPublicAddress(host);
  return url.protocol === 'https:' && url.port === '' && isHostPublic ? url : undefined;
}

/** A subscription as a browser gives it, `{ endpoint, keys: { p256dh, auth } }`; `undefined` for anything else. */
export function readSubscription(given: unknown, mayBePrivate: boolean): Subscription | undefined {
  const fields = asFields(given);
  const keys = asFields(fields?.['keys']);
  const endpoint = textField(fields, 'endpoint', MAX_ENDPOINT_CHARACTERS);
  const p256dh = textField(keys, 'p256dh', 100);
  const auth = textField(keys, 'auth', 32);
  if (endpoint === undefined || p256dh === undefined || auth === undefined) return undefined;
  const areKeysSound = isPoint(Buffer.from(p256dh, 'base64url')) && octetsIn(auth) === AUTH_OCTETS;
  return areKeysSound && readEndpoint(endpoint, mayBePrivate) !== undefined ? { endpoint, p256dh, auth } : undefined;
}

function isPoint(octets: Buffer): boolean {
  if (octets.length !== POINT_OCTETS || octets[0] !== 4) return false;
  const [x, y] = [octets.subarray(1, 33), octets.subarray(33)].map((half) => half.toString('base64url'));
  return readP256Key({ kty: 'EC', crv: 'P-256', x, y }) !== undefined;
}

function octetsIn(text: string): number {
  return Buffer.from(text, 'base64url').length;
}
