import type { Callback, CallbackReply, CallbackRequest } from '../factors/index.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import { textAt } from './json-path.ts';
import type { CallEnd } from './phone-calls.ts';
import { createReplays } from './replays.ts';
import { isGenuineWebhook } from './vonage-jwt.ts';
import { isSignedSms } from './vonage-signature.ts';
import type { SmsParameters } from './vonage-signature.ts';
import { nccoOf } from './vonage-voice.ts';
import type { VonageCallsOptions } from './vonage-voice.ts';
import { jsonMapping } from './web-request.ts';
import { forbidden, formFields, noContent } from './webhook.ts';

type Query = CallbackRequest['query'];
type Take<Data> = (data: Data, query: Query) => CallbackReply | Promise<CallbackReply>;

// Longer than a signature is good for.
const REPLAY_MS = 15 * 60_000;

/** What Vonage asks and tells: the course of calls (signed by JWT), receipts and messages to us (by JWT or `sig`). */
export function vonageCallbacks(
  { name, options, calls, address }: VonageCallsOptions & { readonly name: string },
  { clock, events }: GatewayDeps,
): Callback[] {
  const replays = createReplays(clock, REPLAY_MS);
  const { signatureSecret: secret, signatureMethod: method, apiKey } = options;

  return [
    ofCalls('answer', answer),
    ofCalls('input', answer),
    ofCalls('event', event),
    ...ofMessages('receipt', receipt),
    ...ofMessages('inbound', inbound),
  ];

  function ofCalls(path: string, take: Take<unknown>): Callback {
    return {
      method: 'POST',
      path,
      handle(request) {
        if (!hasToken(request)) return Promise.resolve(forbidden);
        return Promise.resolve(take(jsonMapping(request.body.toString('utf8')), request.query));
      },
    };
  }

  // An account sends them by GET, as a form or as JSON, whichever it is set to.
  function ofMessages(path: string, take: Take<SmsParameters>): Callback[] {
    return (['POST', 'GET'] as const).map((verb) => ({
      method: verb,
      path,
      handle(request) {
        const parameters = parametersOf(verb, request);
        const isSigned = isSignedSms(parameters, { method, secret }, clock.nowMs());
        if (!isSigned && !(verb === 'POST' && hasToken(request))) return Promise.resolve(forbidden);
        return Promise.resolve(take(parameters, request.query));
      },
    }));
  }

  function hasToken({ headers, body }: CallbackRequest): boolean {
    return isGenuineWebhook(headers['authorization'], { secret, apiKey, body, nowMs: clock.nowMs() });
  }

  async function answer(data: unknown, { id, turn }: Query): Promise<CallbackReply> {
    const reference = textAt(data, 'uuid');
    if (id === undefined || turn === undefined || reference === undefined) return { status: 400 };
    const answered = await calls.ask({ id, reference, turn: Number(turn), keys: keysIn(data) });
    const inputUrl = answered && address('input', { id, turn: String(answered.nextTurn) });
    const ncco =
      answered === undefined || inputUrl === undefined ? [] : nccoOf(answered.step, answered.call.language, inputUrl);
    return { status: 200, contentType: 'application/json', body: JSON.stringify(ncco) };
  }

  function event(data: unknown, { id }: Query): CallbackReply {
    const [reference, end] = [textAt(data, 'uuid'), ends[textAt(data, 'status') ?? '']];
    if (id !== undefined && reference !== undefined && end !== undefined) calls.end(id, reference, end);
    return noContent;
  }

  function receipt(parameters: SmsParameters): CallbackReply {
    const { status, 'client-ref': id, 'err-code': code = '' } = parameters;
    if (id === undefined || !replays.isFirst(`receipt ${id} ${status ?? ''}`)) return noContent;
    if (status === 'delivered') events.reported(id, { kind: 'delivered' });
    if (status === 'expired' || status === 'failed' || status === 'rejected') {
      const problem = `Vonage reports ${status}${/^\d{1,3}$/.test(code) ? `, error ${code}` : ''}`;
      events.reported(id, { kind: 'undelivered', problem });
    }
    return noContent;
  }

  function inbound({ messageId, msisdn, text }: SmsParameters): CallbackReply {
    if (messageId === undefined || msisdn === undefined || text === undefined) return { status: 400 };
    if (replays.isFirst(`inbound ${messageId}`)) events.inbound({ gateway: name, from: `+${msisdn}`, text });
    return noContent;
  }
}

function parametersOf(verb: 'POST' | 'GET', { headers, query, body }: CallbackRequest): SmsParameters {
  if (verb === 'GET') return textsOf(query);
  const isForm = headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true;
  return isForm ? Object.fromEntries(formFields(body)) : textsOf(jsonMapping(body.toString('utf8')) ?? {});
}

function textsOf(mapping: Readonly<Record<string, unknown>>): SmsParameters {
  const entries = Object.entries(mapping).flatMap(([key, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[key, String(value)] as const] : [],
  );
  return Object.fromEntries(entries);
}

// `#` alone gives no digits and no time-out: that approves, silence does not.
function keysIn(data: unknown): string | undefined {
  const [digits, isLate] = [textAt(data, 'dtmf.digits'), textAt(data, 'dtmf.timed_out')];
  if (digits === undefined) return undefined;
  return digits !== '' || isLate === 'false' ? digits : undefined;
}

// https://developer.vonage.com/en/voice/voice-api/webhook-reference#event-webhook; the others are stages on the way.
const ends: Readonly<Record<string, CallEnd>> = Object.assign(Object.create(null) as Record<string, CallEnd>, {
  completed: 'hung-up',
  busy: 'busy',
  rejected: 'busy',
  unanswered: 'no-answer',
  timeout: 'no-answer',
  failed: 'failed',
  cancelled: 'failed',
});
