import type { TwilioGatewayConfig } from '../config/index.ts';
import type { Delivery, Gateway, PhoneCall, TextMessage } from '../factors/index.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import { createPhoneCalls } from './phone-calls.ts';
import { textAt } from './json-path.ts';
import { twilioCallbacks } from './twilio-callbacks.ts';
import { callbackUrl } from './webhook.ts';
import { parsedJson, webRequest } from './web-request.ts';

// https://www.twilio.com/docs/api/errors: codes that speak of the recipient or the message, not of our account.
const REFUSING_CODES: ReadonlySet<string> = new Set([
  ...['21211', '21214', '21215', '21216', '21217', '21219', '21223', '21408', '21602', '21610', '21612', '21614'],
  ...['21617', '13223', '13224', '13225'],
]);

/** Twilio: SMS and calls by its REST API of 2010-04-01, which still is the present one. */
export function createTwilioGateway(name: string, options: TwilioGatewayConfig, deps: GatewayDeps): Gateway {
  const calls = createPhoneCalls(deps.clock);
  const address = (path: string, query: Readonly<Record<string, string>>) => callbackUrl(deps, name, path, query);
  const mayCall = deps.publicUrl !== undefined;

  return {
    name,
    channels: mayCall ? ['sms', 'call'] : ['sms'],
    start: () => Promise.resolve(),
    stop() {
      calls.stop();
      return Promise.resolve();
    },
    sendText: (message, signal) => post('Messages.json', messageForm(message), signal),
    ...(mayCall && {
      placeCall,
      callbacks: twilioCallbacks({ name, authToken: options.authToken, calls, address }, deps),
    }),
  };

  async function placeCall(call: PhoneCall, signal: AbortSignal): Promise<Delivery> {
    const from = call.from ?? options.from;
    if (from === undefined) return { kind: 'failed', problem: 'a call needs a number it comes from: set `from`' };
    if (!calls.begin(call)) return { kind: 'failed', problem: 'too many calls are under way' };
    const delivery = await post('Calls.json', callForm(call, from), signal);
    if (delivery.kind !== 'sent') calls.forget(call.id);
    return delivery;
  }

  function messageForm({ id, to, from, text }: TextMessage): Record<string, string | undefined> {
    const service = from === undefined ? options.messagingServiceSid : undefined;
    return {
      To: to,
      From: service === undefined ? (from ?? options.from) : undefined,
      MessagingServiceSid: service,
      Body: text,
      StatusCallback: address('message-status', { id }),
    };
  }

  function callForm({ id, to, extension }: PhoneCall, from: string): Record<string, string | undefined> {
    return {
      To: to,
      From: from,
      SendDigits: extension === undefined ? undefined : sendDigits(extension),
      Url: address('voice', { id, turn: '0' }),
      Method: 'POST',
      StatusCallback: address('call-status', { id }),
      StatusCallbackMethod: 'POST',
      StatusCallbackEvent: 'completed',
    };
  }

  async function post(
    resource: string,
    form: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const { accountSid, authToken, apiUrl, timeoutSeconds } = options;
    const fields = Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined);
    const credentials = Buffer.from(`${accountSid}:${authToken.reveal().toString('utf8')}`).toString('base64');
    const url = `${apiUrl.replace(/\/+$/, '')}/2010-04-01/Accounts/${accountSid}/${resource}`;
    const headers = {
      Authorization: `Basic ${credentials}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    };
    const body = new URLSearchParams(fields).toString();
    const outcome = await webRequest({ method: 'POST', url, headers, body, timeoutSeconds }, signal, deps.clock);
    return outcome.kind === 'failed' ? outcome : judge(outcome.status, parsedJson(outcome.text));
  }
}

function judge(status: number, reply: unknown): Delivery {
  if (status === 200 || status === 201) {
    const reference = textAt(reply, 'sid');
    if (reference === undefined) return { kind: 'failed', problem: 'its reply names no message or call' };
    return { kind: 'sent', reference };
  }
  if (status === 401 || status === 403)
    return { kind: 'failed', problem: `it refuses our credentials (HTTP ${status})` };
  const code = textAt(reply, 'code') ?? '';
  const problem = `it answered HTTP status ${status}${/^\d{1,6}$/.test(code) ? `, error ${code}` : ''}`;
  return { kind: status === 400 && REFUSING_CODES.has(code) ? 'refused' : 'failed', problem };
}

// Twilio's `w` waits half a second.
function sendDigits(extension: string): string {
  return extension.replaceAll(',', 'wwww');
}
