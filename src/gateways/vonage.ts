import type { VonageGatewayConfig } from '../config/index.ts';
import type { Delivery, Gateway, TextMessage } from '../factors/index.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import { createPhoneCalls } from './phone-calls.ts';
import { vonageCallbacks } from './vonage-callbacks.ts';
import { smsSignature } from './vonage-signature.ts';
import { createVonageVoice } from './vonage-voice.ts';
import { callbackUrl } from './webhook.ts';
import { jsonMapping, webRequest } from './web-request.ts';

// https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms: what speaks of this message alone.
const REFUSING_STATUSES: ReadonlySet<string> = new Set(['3', '6', '7', '12', '15', '22', '29', '33']);

/** Vonage: SMS by its SMS API; calls by its voice API where an application and its key are configured. */
export function createVonageGateway(name: string, options: VonageGatewayConfig, deps: GatewayDeps): Gateway {
  const calls = createPhoneCalls(deps.clock);
  const address = (path: string, query: Readonly<Record<string, string>>) => callbackUrl(deps, name, path, query);
  const placeCall = deps.publicUrl === undefined ? undefined : createVonageVoice({ options, calls, address }, deps);

  return {
    name,
    channels: placeCall === undefined ? ['sms'] : ['sms', 'call'],
    start: () => Promise.resolve(),
    stop() {
      calls.stop();
      return Promise.resolve();
    },
    sendText,
    ...(placeCall && { placeCall }),
    ...(deps.publicUrl !== undefined && { callbacks: vonageCallbacks({ name, options, calls, address }, deps) }),
  };

  async function sendText(message: TextMessage, signal: AbortSignal): Promise<Delivery> {
    const from = message.from ?? options.from;
    if (from === undefined) return { kind: 'failed', problem: 'an SMS needs a sender: set `from`' };
    const { timeoutSeconds } = options;
    const url = `${options.smsUrl.replace(/\/+$/, '')}/sms/json`;
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(smsParameters(message, from)).toString();
    const outcome = await webRequest({ method: 'POST', url, headers, body, timeoutSeconds }, signal, deps.clock);
    if (outcome.kind === 'failed') return outcome;
    if (outcome.status !== 200) return { kind: 'failed', problem: `it answered HTTP status ${outcome.status}` };
    return judge(jsonMapping(outcome.text)?.['messages']);
  }

  function smsParameters(message: TextMessage, from: string): Record<string, string> {
    const callback = address('receipt', {});
    const parameters = {
      api_key: options.apiKey,
      from: withoutPlus(from),
      to: withoutPlus(message.to),
      text: message.text,
      type: isGsmText(message.text) ? 'text' : 'unicode',
      'client-ref': message.id,
      ...(callback !== undefined && { callback, 'status-report-req': '1' }),
    };
    const { apiSecret, signatureSecret: secret, signatureMethod: method } = options;
    if (apiSecret !== undefined) return { ...parameters, api_secret: apiSecret.reveal().toString('utf8') };
    const dated = { ...parameters, timestamp: String(Math.floor(deps.clock.nowMs() / 1000)) };
    return { ...dated, sig: smsSignature(dated, { method, secret }) };
  }
}

// A long text goes as several messages, each with a status of its own: it has arrived only with all of them.
function judge(messages: unknown): Delivery {
  const parts = Array.isArray(messages) ? (messages as readonly Readonly<Record<string, unknown>>[]) : [];
  const bad = parts.find((part) => part['status'] !== '0');
  if (parts.length === 0) return { kind: 'failed', problem: 'its reply says nothing of the message' };
  if (bad !== undefined) {
    const status = typeof bad['status'] === 'string' ? bad['status'].slice(0, 3) : '?';
    return { kind: REFUSING_STATUSES.has(status) ? 'refused' : 'failed', problem: `it answered status ${status}` };
  }
  const reference = parts[0]?.['message-id'];
  const price = parts.reduce((sum, part) => sum + Number(part['message-price']), 0);
  return {
    kind: 'sent',
    ...(typeof reference === 'string' && { reference }),
    ...(Number.isFinite(price) && { price: `${price.toFixed(4)} EUR` }),
  };
}

/** Vonage writes numbers without the plus sign. */
function withoutPlus(number: string): string {
  return number.replace(/^\+/, '');
}

// 3GPP TS 23.038 §6.2.1, the default alphabet and its extension: anything else has to go as UCS-2.
function isGsmText(text: string): boolean {
  return /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/.test(text);
}
