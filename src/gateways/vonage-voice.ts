import type { VonageGatewayConfig } from '../config/index.ts';
import type { CallStep, Delivery, Gateway, PhoneCall, Phrase } from '../factors/index.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import { textAt } from './json-path.ts';
import type { PhoneCalls } from './phone-calls.ts';
import { voiceLanguage } from './phone-calls.ts';
import { applicationToken } from './vonage-jwt.ts';
import { parsedJson, webRequest } from './web-request.ts';

/** What both sides of Vonage's calls need of its gateway. */
export interface VonageCallsOptions {
  readonly options: VonageGatewayConfig;
  readonly calls: PhoneCalls;
  readonly address: (path: string, query: Readonly<Record<string, string>>) => string | undefined;
}

/** Places calls by the voice API; `undefined` where no application is configured. */
export function createVonageVoice(
  { options, calls, address }: VonageCallsOptions,
  deps: GatewayDeps,
): Gateway['placeCall'] {
  const { applicationId, privateKey } = options;
  if (applicationId === undefined || privateKey === undefined) return undefined;

  return async (call, signal) => {
    const from = call.from ?? options.from;
    if (from === undefined) return { kind: 'failed', problem: 'a call needs a number it comes from: set `from`' };
    const token = tokenFor(applicationId, privateKey);
    if (token === undefined) return { kind: 'failed', problem: 'the private key is no RSA key in PEM' };
    if (!calls.begin(call)) return { kind: 'failed', problem: 'too many calls are under way' };
    const delivery = await post(callBody(call, from), token, signal);
    if (delivery.kind !== 'sent') calls.forget(call.id);
    return delivery;
  };

  function tokenFor(id: string, key: NonNullable<typeof privateKey>): string | undefined {
    try {
      return applicationToken({ applicationId: id, privateKey: key }, deps);
    } catch {
      return undefined;
    }
  }

  function callBody({ id, to, extension }: PhoneCall, from: string): object {
    const phone = (number: string) => ({ type: 'phone', number: number.replace(/^\+/, '') });
    return {
      to: [{ ...phone(to), ...(extension !== undefined && { dtmfAnswer: dtmfAnswer(extension) }) }],
      from: phone(from),
      answer_url: [address('answer', { id, turn: '0' })],
      answer_method: 'POST',
      event_url: [address('event', { id })],
      event_method: 'POST',
    };
  }

  async function post(body: object, token: string, signal: AbortSignal): Promise<Delivery> {
    const outcome = await webRequest(
      {
        method: 'POST',
        url: `${options.voiceUrl.replace(/\/+$/, '')}/v1/calls`,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        timeoutSeconds: options.timeoutSeconds,
      },
      signal,
      deps.clock,
    );
    return outcome.kind === 'failed' ? outcome : judge(outcome.status, parsedJson(outcome.text));
  }
}

function judge(status: number, reply: unknown): Delivery {
  if (status === 200 || status === 201) {
    const reference = textAt(reply, 'uuid');
    return reference === undefined
      ? { kind: 'failed', problem: 'its reply names no call' }
      : { kind: 'sent', reference };
  }
  if (status === 401 || status === 403)
    return { kind: 'failed', problem: `it refuses our credentials (HTTP ${status})` };
  return { kind: status === 400 ? 'refused' : 'failed', problem: `it answered HTTP status ${status}` };
}

// Vonage's `p` waits half a second.
function dtmfAnswer(extension: string): string {
  return extension.replaceAll(',', 'pppp');
}

// https://developer.vonage.com/en/voice/voice-api/ncco-reference#dtmf-input-settings
const MAX_KEYS = 20;
const MAX_WAIT_SECONDS = 10;

/** A step of a call as a call control object: what is said, then keys up to `#`. Nothing further: the call ends. */
export function nccoOf({ say, gather }: CallStep, language: string, eventUrl: string): object[] {
  const isCutShort = (index: number): boolean => gather !== undefined && index === say.length - 1;
  const spoken = say.map((phrase, index) => phraseAction(phrase, language, isCutShort(index)));
  if (gather === undefined) return spoken;
  const dtmf = {
    maxDigits: Math.min(gather.maxKeys, MAX_KEYS),
    timeOut: Math.min(gather.timeoutSeconds, MAX_WAIT_SECONDS),
    submitOnHash: true,
  };
  return [...spoken, { action: 'input', type: ['dtmf'], dtmf, eventUrl: [eventUrl], eventMethod: 'POST' }];
}

function phraseAction({ text, recording }: Phrase, language: string, bargeIn: boolean): object {
  if (recording !== undefined) return { action: 'stream', streamUrl: [recording], bargeIn };
  // Angle brackets would be SSML.
  return { action: 'talk', text: text.replace(/[<>]/g, ' '), language: voiceLanguage(language), bargeIn };
}
