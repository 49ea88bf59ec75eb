import type { Callback, CallbackReply, CallbackRequest } from '../factors/index.ts';
import type { Secret } from '../lib/secret.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import type { CallEnd, PhoneCalls } from './phone-calls.ts';
import { createReplays } from './replays.ts';
import { isTwilioSignature } from './twilio-signature.ts';
import { hangUpTwiml, twimlOf } from './twiml.ts';
import { forbidden, formFields, noContent } from './webhook.ts';

/** What Twilio's callbacks need of its gateway. */
export interface TwilioCallbacksOptions {
  readonly name: string;
  readonly authToken: Secret;
  readonly calls: PhoneCalls;
  readonly address: (path: string, query: Readonly<Record<string, string>>) => string | undefined;
}

type Fields = ReadonlyMap<string, string>;
type Query = CallbackRequest['query'];

// A signature holds for ever: a message of the same SID within this time is the same message.
const REPLAY_MS = 60 * 60_000;

/** What Twilio asks and tells: the course of calls, what became of messages, and messages to us. Each is signed. */
export function twilioCallbacks(options: TwilioCallbacksOptions, { clock, events }: GatewayDeps): Callback[] {
  const { name, calls, address } = options;
  const replays = createReplays(clock, REPLAY_MS);

  return [
    signed('voice', voice),
    signed('call-status', callStatus),
    signed('message-status', messageStatus),
    signed('inbound', inbound),
  ];

  function signed(
    path: string,
    take: (fields: Fields, query: Query) => CallbackReply | Promise<CallbackReply>,
  ): Callback {
    return {
      method: 'POST',
      path,
      handle({ url, headers, query, body }) {
        const fields = formFields(body);
        const isGenuine = isTwilioSignature(headers['x-twilio-signature'], { url, fields }, options.authToken);
        return Promise.resolve(isGenuine ? take(new Map(fields), query) : forbidden);
      },
    };
  }

  async function voice(fields: Fields, { id, turn }: Query): Promise<CallbackReply> {
    const reference = fields.get('CallSid');
    if (id === undefined || turn === undefined || reference === undefined) return { status: 400 };
    const answer = await calls.ask({ id, reference, turn: Number(turn), keys: keysIn(fields) });
    const actionUrl = answer && address('voice', { id, turn: String(answer.nextTurn) });
    const body =
      answer === undefined || actionUrl === undefined
        ? hangUpTwiml
        : twimlOf(answer.step, { language: answer.call.language, actionUrl });
    return { status: 200, contentType: 'text/xml; charset=utf-8', body };
  }

  function callStatus(fields: Fields, { id }: Query): CallbackReply {
    const [reference, end] = [fields.get('CallSid'), ends[fields.get('CallStatus') ?? '']];
    if (id !== undefined && reference !== undefined && end !== undefined) calls.end(id, reference, end);
    return noContent;
  }

  function messageStatus(fields: Fields, { id }: Query): CallbackReply {
    const status = fields.get('MessageStatus');
    if (id === undefined || !replays.isFirst(`status ${id} ${status ?? ''}`)) return noContent;
    if (status === 'delivered') events.reported(id, { kind: 'delivered' });
    if (status === 'undelivered' || status === 'failed') {
      const code = fields.get('ErrorCode') ?? '';
      const problem = `Twilio reports ${status}${/^\d{1,6}$/.test(code) ? `, error ${code}` : ''}`;
      events.reported(id, { kind: 'undelivered', problem });
    }
    return noContent;
  }

  // An empty answer in TwiML: Twilio sends nothing back to the sender.
  function inbound(fields: Fields): CallbackReply {
    const [sid, from, text] = [fields.get('MessageSid'), fields.get('From'), fields.get('Body')];
    if (sid === undefined || from === undefined || text === undefined) return { status: 400 };
    if (replays.isFirst(`inbound ${sid}`)) events.inbound({ gateway: name, from, text });
    return { status: 200, contentType: 'text/xml; charset=utf-8', body: '<Response/>' };
  }
}

// Without keys it makes the difference whether `#` was pressed: that approves, silence does not.
function keysIn(fields: Fields): string | undefined {
  const digits = fields.get('Digits') ?? '';
  return digits !== '' || fields.get('FinishedOnKey') === '#' ? digits : undefined;
}

// https://www.twilio.com/docs/voice/api/call-resource#call-status-values; the others are stages on the way.
const ends: Readonly<Record<string, CallEnd>> = Object.assign(Object.create(null) as Record<string, CallEnd>, {
  completed: 'hung-up',
  busy: 'busy',
  'no-answer': 'no-answer',
  failed: 'failed',
  canceled: 'failed',
});
