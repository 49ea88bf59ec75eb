import type { Delivery } from '../../factors/index.ts';
import { reasonOf, withDeadline } from './deadline.ts';
import type { PushChannelsDeps } from './deps.ts';
import type { NtfyOptions } from './ntfy.ts';

/** A button of a notification: the phone sends this request. */
export interface NtfyAction {
  readonly action: 'http';
  readonly label: string;
  readonly url: string;
  readonly method: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Takes the notification away once the request has succeeded. */
  readonly clear: boolean;
}

/** One notification, as ntfy takes it in JSON at the root of its server. */
export interface NtfyMessage {
  readonly topic: string;
  readonly title: string;
  readonly message: string;
  readonly actions: readonly NtfyAction[];
}

// ntfy: 5 is the highest; the phone rings as long as it may.
const PRIORITY = 5;

/** Puts notifications into topics of the server. */
export function createNtfyPublisher(
  { server, accessToken }: NtfyOptions,
  { clock, fetch }: Pick<PushChannelsDeps, 'clock' | 'fetch'>,
): (message: NtfyMessage, signal: AbortSignal) => Promise<Delivery> {
  const url = new URL('/', server).href;
  return async (message, signal) => {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (accessToken !== undefined) headers['authorization'] = `Bearer ${accessToken.reveal().toString()}`;
    const body = JSON.stringify({ ...message, priority: PRIORITY });
    try {
      return await withDeadline(clock, signal, async (limited) => {
        const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: limited });
        await response.body?.cancel();
        return deliveryOf(response.status);
      });
    } catch (error) {
      return { kind: 'failed', problem: `ntfy could not be reached: ${reasonOf(error)}` };
    }
  };
}

function deliveryOf(status: number): Delivery {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const problem = `ntfy answered with status ${status}`;
  // The message itself is too large or malformed; another one may well be taken.
  return status === 400 || status === 413 ? { kind: 'refused', problem } : { kind: 'failed', problem };
}
