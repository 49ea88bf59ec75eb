import type { Clock } from '../lib/clock.ts';

/** One request to a provider. */
export interface WebRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutSeconds: number;
}

/** What came of it. `problem` names no address and no credential. */
export type WebOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  | { readonly kind: 'failed'; readonly problem: string };

// Replies to "deliver this" are some hundred octets long.
const MAX_REPLY_OCTETS = 64 * 1024;

/**
 * One HTTP request: certificates checked, redirects not followed (they would carry credentials elsewhere), the reply
 * bounded, all of it within the time. Never throws.
 */
export async function webRequest(request: WebRequest, signal: AbortSignal, clock: Clock): Promise<WebOutcome> {
  const { method, url, headers = {}, body, timeoutSeconds } = request;
  const late = new AbortController();
  const timer = clock.setTimer(timeoutSeconds * 1000, () => late.abort());
  try {
    const response = await fetch(url, {
      ...{ method, headers, redirect: 'manual', signal: AbortSignal.any([signal, late.signal]) },
      ...(body !== undefined && { body }),
    });
    const { status } = response;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      return failed(`it answered with a redirect (HTTP status ${status}), which is not followed`);
    }
    const text = await boundedText(response);
    return text === undefined
      ? failed(`its reply is longer than ${MAX_REPLY_OCTETS / 1024} kB`)
      : { kind: 'answered', status, text };
  } catch (error) {
    if (late.signal.aborted) return failed(`it did not answer within ${timeoutSeconds} s`);
    return failed(signal.aborted ? 'it did not answer in time' : `it could not be reached (${codeOf(error)})`);
  } finally {
    timer.cancel();
  }
}

function failed(problem: string): WebOutcome {
  return { kind: 'failed', problem };
}

async function boundedText(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    octets += chunk.length;
    if (octets > MAX_REPLY_OCTETS) return undefined; // leaving the loop cancels the rest
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

// The code of the innermost cause: messages may quote the address, and with it what stands in its query.
function codeOf(error: unknown): string {
  let code = 'unknown error';
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if ('code' in inner && typeof inner.code === 'string') code = inner.code;
  }
  return code;
}

/** The mapping that JSON text holds; `undefined` where it is something else. */
export function jsonMapping(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parsedJson(text);
  return isMapping(value) ? value : undefined;
}

/** What JSON text holds; `undefined` where it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
