import type { HttpGatewayConfig } from '../config/index.ts';
import type { Delivery, Gateway, TextMessage } from '../factors/index.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import { httpCallbacks } from './http-callbacks.ts';
import { textAt } from './json-path.ts';
import { fillStructure, fillTemplate, templateValues } from './template.ts';
import type { TemplateValues } from './template.ts';
import { parsedJson, webRequest } from './web-request.ts';
import type { WebRequest } from './web-request.ts';

const MAX_REFERENCE = 128;

// Statuses by which web APIs speak of this message alone; all others say something of themselves or of our account.
const REFUSING_STATUSES: ReadonlySet<number> = new Set([400, 413, 422]);

/** Any web API that takes a message by one request. */
export function createHttpGateway(name: string, options: HttpGatewayConfig, deps: GatewayDeps): Gateway {
  return {
    name,
    channels: options.channels,
    ...(options.callbacks && { callbacks: httpCallbacks(name, options.callbacks, deps) }),
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    async sendText(message, signal) {
      const outcome = await webRequest(requestOf(message, options), signal, deps.clock);
      return outcome.kind === 'failed' ? outcome : judge(outcome.status, outcome.text, options);
    },
  };
}

function requestOf(message: TextMessage, options: HttpGatewayConfig): WebRequest {
  const values = templateValues(message);
  const { method, timeoutSeconds } = options;
  const url = new URL(options.url);
  for (const [key, template] of Object.entries(options.query)) {
    url.searchParams.append(key, fillTemplate(template, values));
  }
  const body = method === 'GET' ? undefined : bodyOf(options, values);
  const credentials = Object.entries(options.headers).map(([key, secret]) => [key, secret.reveal().toString('utf8')]);
  return {
    ...{ method, url: url.href, timeoutSeconds },
    headers: { ...(body && { 'Content-Type': body.type }), ...(Object.fromEntries(credentials) as object) },
    ...(body && { body: body.text }),
  };
}

function bodyOf({ body }: HttpGatewayConfig, values: TemplateValues): { type: string; text: string } | undefined {
  if (body === undefined) return undefined;
  if ('json' in body) return { type: 'application/json', text: JSON.stringify(fillStructure(body.json, values)) };
  if ('text' in body) return { type: 'text/plain; charset=utf-8', text: fillTemplate(body.text, values) };
  const fields = Object.entries(body.form).map(([key, template]): [string, string] => [
    key,
    fillTemplate(template, values),
  ]);
  return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(fields).toString() };
}

function judge(status: number, text: string, { success }: HttpGatewayConfig): Delivery {
  if (!success.statuses.includes(status)) {
    return { kind: REFUSING_STATUSES.has(status) ? 'refused' : 'failed', problem: `it answered HTTP status ${status}` };
  }
  if (success.pattern !== undefined && !new RegExp(success.pattern, 'u').test(text))
    return { kind: 'failed', problem: `it answered HTTP status ${status}, but not what means success` };
  const reference = referenceIn(text, success)?.slice(0, MAX_REFERENCE);
  return { kind: 'sent', ...(reference !== undefined && { reference }) };
}

function referenceIn(text: string, success: HttpGatewayConfig['success']): string | undefined {
  if (success.reference !== undefined) return textAt(parsedJson(text), success.reference);
  if (success.referencePattern === undefined) return undefined;
  return new RegExp(success.referencePattern, 'u').exec(text)?.[1];
}
