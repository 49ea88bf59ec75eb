import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpCallbacksConfig } from '../config/index.ts';
import type { Callback, CallbackReply, CallbackRequest } from '../factors/index.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import { textAt } from './json-path.ts';
import { createReplays } from './replays.ts';
import { forbidden, formFields, isSameText, noContent } from './webhook.ts';
import { parsedJson } from './web-request.ts';

// Nothing in a generic signature tells when it was made: the same body again counts as a replay for this long.
const REPLAY_MS = 60 * 60_000;

/** Delivery reports and messages to us, as far as the configuration says where they stand. */
export function httpCallbacks(name: string, options: HttpCallbacksConfig, deps: GatewayDeps): Callback[] {
  const replays = createReplays(deps.clock, REPLAY_MS);
  const { report, inbound } = options;
  return [
    ...(report === undefined ? [] : [callback('report', (data) => takeReport(data, report))]),
    ...(inbound === undefined ? [] : [callback('inbound', (data) => takeInbound(data, inbound))]),
  ];

  function callback(path: string, take: (data: unknown) => CallbackReply): Callback {
    return {
      method: 'POST',
      path,
      handle(request) {
        if (!isGenuine(request, options)) return Promise.resolve(forbidden);
        if (!replays.isFirst(Buffer.concat([Buffer.from(`${path}\n`), request.body])))
          return Promise.resolve(noContent);
        return Promise.resolve(take(dataOf(request)));
      },
    };
  }

  function takeReport(data: unknown, at: NonNullable<HttpCallbacksConfig['report']>): CallbackReply {
    const [id, status] = [textAt(data, at.id), textAt(data, at.status)];
    if (id === undefined || status === undefined) return { status: 400 };
    if (at.delivered.includes(status)) deps.events.reported(id, { kind: 'delivered' });
    else if (at.undelivered.includes(status))
      deps.events.reported(id, { kind: 'undelivered', problem: 'the gateway reports that it was not delivered' });
    return noContent;
  }

  function takeInbound(data: unknown, at: NonNullable<HttpCallbacksConfig['inbound']>): CallbackReply {
    const [from, text] = [textAt(data, at.from), textAt(data, at.text)];
    if (from === undefined || text === undefined) return { status: 400 };
    deps.events.inbound({ gateway: name, from: from.startsWith('+') ? from : `+${from.replace(/^00/, '')}`, text });
    return noContent;
  }
}

function isGenuine(request: CallbackRequest, { secret, signatureHeader }: HttpCallbacksConfig): boolean {
  if (signatureHeader === undefined) return isSameText(request.query['token'], secret.reveal().toString('utf8'));
  const given = request.headers[signatureHeader.toLowerCase()]?.replace(/^sha256=/i, '');
  if (given === undefined) return false;
  const octets = Buffer.from(given, /^[0-9a-fA-F]{64}$/.test(given) ? 'hex' : 'base64');
  const expected = createHmac('sha256', secret.reveal()).update(request.body).digest();
  return octets.length === expected.length && timingSafeEqual(octets, expected);
}

function dataOf({ headers, body }: CallbackRequest): unknown {
  const isForm = headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true;
  return isForm ? Object.fromEntries(formFields(body)) : parsedJson(body.toString('utf8'));
}
