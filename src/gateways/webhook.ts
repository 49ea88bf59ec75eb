import { timingSafeEqual } from 'node:crypto';
import type { CallbackReply } from '../factors/index.ts';
import type { GatewayDeps } from './gateway-deps.ts';

/** What a request gets that is not known to be the gateway's own: nothing is said of the reason. */
export const forbidden: CallbackReply = { status: 403 };

/** Taken, and nothing to say. */
export const noContent: CallbackReply = { status: 204 };

/** The address of one of our callbacks, for the gateway to be told; `undefined` without `publicUrl`. */
export function callbackUrl(
  { publicUrl }: GatewayDeps,
  gateway: string,
  path: string,
  query: Readonly<Record<string, string>> = {},
): string | undefined {
  if (publicUrl === undefined) return undefined;
  const text = new URLSearchParams(query).toString();
  return `${publicUrl.replace(/\/+$/, '')}/gateways/${gateway}/${path}${text === '' ? '' : `?${text}`}`;
}

/** Whether two texts have the same octets, in constant time for those of one length. */
export function isSameText(given: string | undefined, expected: string): boolean {
  if (given === undefined) return false;
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Fields of a body of type `application/x-www-form-urlencoded`, in the order they were sent. */
export function formFields(body: Buffer): (readonly [string, string])[] {
  return [...new URLSearchParams(body.toString('utf8'))];
}
