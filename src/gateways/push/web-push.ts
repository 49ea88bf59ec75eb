import { lookup, type LookupAddress } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Clock } from '../../lib/clock.ts';
import type { Secret } from '../../lib/secret.ts';
import { reasonOf, withDeadline } from './deadline.ts';
import { isPublicAddress, readEndpoint, type Subscription } from './subscription.ts';
import { readVapidKey } from './vapid-key.ts';

/** How this server speaks to push services. */
export interface WebPushOptions {
  readonly vapidKey: Secret;
  /** Whom a push service may write to: `mailto:` or `https:` (RFC 8292 §2.1). */
  readonly contact: string;
  readonly mayBePrivate: boolean;
}

/** What became of a message to a push service. */
export type WebPushResult =
  | { readonly kind: 'sent' }
  /** The browser has taken the subscription back (RFC 8030 §7.3). */
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly problem: string };

/** One message to wake a phone. */
export interface WakeUp {
  /** What the phone has to ask for; the push service sees neither this nor anything else. */
  readonly promptId: string;
  readonly ttlSeconds: number;
}

/** Sends one. */
export type SendWakeUp = (subscription: Subscription, wakeUp: WakeUp, signal: AbortSignal) => Promise<WebPushResult>;

interface Posting {
  readonly headers: Record<string, string | number>;
  readonly body: Buffer;
}

/** Encrypts (RFC 8291) and sends messages of Web Push (RFC 8030) under our key (RFC 8292). */
export function createWebPush({ vapidKey, contact, mayBePrivate }: WebPushOptions, clock: Clock): SendWakeUp {
  const vapidDetails = { ...readVapidKey(vapidKey), subject: contact };
  return async ({ endpoint, p256dh, auth }, { promptId, ttlSeconds }, signal) => {
    const url = readEndpoint(endpoint, mayBePrivate);
    if (url === undefined) return { kind: 'failed', problem: 'the address of the push service is not allowed' };
    try {
      const { default: webPush } = await import('web-push');
      const details = webPush.generateRequestDetails(
        { endpoint, keys: { p256dh, auth } },
        JSON.stringify({ prompt: promptId }),
        { vapidDetails, TTL: ttlSeconds, urgency: 'high', topic: promptId },
      );
      const posting = { headers: details.headers as Posting['headers'], body: details.body };
      return await withDeadline(clock, signal, async (limited) => {
        const status = await post(url, posting, { signal: limited, mayBePrivate });
        return resultOf(status);
      });
    } catch (error) {
      return { kind: 'failed', problem: `the push service could not be reached: ${reasonOf(error)}` };
    }
  };
}

function resultOf(status: number): WebPushResult {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  if (status === 404 || status === 410) return { kind: 'gone' };
  return { kind: 'failed', problem: `the push service answered with status ${status}` };
}

/** Posts and gives the status; redirects are not followed, the answer's body is not read. */
function post(url: URL, { headers, body }: Posting, { signal, mayBePrivate }: PostOptions): Promise<number> {
  const options: RequestOptions = { method: 'POST', headers, signal, agent: false };
  if (!mayBePrivate) options.lookup = lookUpPublic;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options);
    request.once('error', reject);
    request.once('response', (response) => {
      response.once('error', () => undefined);
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.end(body);
  });
}

interface PostOptions {
  readonly signal: AbortSignal;
  readonly mayBePrivate: boolean;
}

/** Looks a name up for a connection; every address has to be a public one. No second look-up can say otherwise. */
export const lookUpPublic: NonNullable<RequestOptions['lookup']> = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    const problem = error ?? foreign(found);
    const [first] = found as LookupAddress[] | [];
    if (problem !== undefined || first === undefined) callback(problem ?? new Error('no address'), '', 0);
    else if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  });
};

function foreign(found: readonly LookupAddress[]): Error | undefined {
  if (found.every(({ address }) => isPublicAddress(address))) return undefined;
  return new Error('it is not on the public internet');
}
