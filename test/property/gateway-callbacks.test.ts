import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayConfig } from '../../src/config/index.ts';
import { createGateway } from '../../src/gateways/index.ts';
import { Secret } from '../../src/lib/secret.ts';
import { gatewayWorld, PUBLIC_URL } from '../support/gateway.ts';

const patience = { timeoutSeconds: 10, failures: 5, asideSeconds: 30 };
const secret = Secret.fromText('a secret that no stranger guesses');

const configs: readonly GatewayConfig[] = [
  {
    ...{
      type: 'http',
      channels: ['sms'],
      method: 'POST',
      url: 'http://127.0.0.1:9/',
      query: {},
      headers: {},
      ...patience,
    },
    ...{ credentials: {}, success: { statuses: [200] } },
    callbacks: {
      ...{ secret, signatureHeader: 'x-signature', inbound: { from: 'from', text: 'text' } },
      report: { id: 'id', status: 'status', delivered: ['ok'], undelivered: ['bad'] },
    },
  },
  { type: 'twilio', accountSid: 'AC0', authToken: secret, apiUrl: 'http://127.0.0.1:9', ...patience },
  {
    ...{ type: 'vonage', apiKey: 'k', signatureSecret: secret, signatureMethod: 'sha256', ...patience },
    ...{ smsUrl: 'http://127.0.0.1:9', voiceUrl: 'http://127.0.0.1:9' },
  },
];

const word = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '0', 'f00d', '=', 'a.b.c'));
const names = fc.constantFrom('id', 'turn', 'token', 'sig', 'timestamp', 'from', 'text', 'status', 'client-ref');
const fields = fc.dictionary(fc.oneof(names, word), word);
const token = fc.oneof(
  word,
  word.map((text) => `Bearer ${text}`),
  fc
    .tuple(fc.json(), fc.json(), word)
    .map((parts) => `Bearer ${parts.map((part) => Buffer.from(part).toString('base64url')).join('.')}`),
);
const headers = fc.record(
  {
    authorization: token,
    'x-signature': fc.oneof(word, fc.base64String({ minLength: 44, maxLength: 44 })),
    'x-twilio-signature': fc.oneof(word, fc.base64String({ minLength: 28, maxLength: 28 })),
    'content-type': fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain', ''),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((octets) => Buffer.from(octets)),
  fc.json().map((text) => Buffer.from(text)),
  fields.map((form) => Buffer.from(new URLSearchParams(form).toString())),
);

describe('whatever a stranger sends to a callback', () => {
  it.each(configs)('of a gateway $type gets 403, and nothing happens', async (config) => {
    const { deps, reports, inbound } = gatewayWorld();
    const { callbacks = [] } = await createGateway('web', config, deps);
    expect(callbacks.length).toBeGreaterThan(0);
    const request = fc.record({ query: fields, headers, body });
    await fc.assert(
      fc.asyncProperty(request, fc.nat(), async (asked, which) => {
        const callback = callbacks[which % callbacks.length];
        const url = `${PUBLIC_URL}/gateways/web/${callback?.path ?? ''}?${new URLSearchParams(asked.query).toString()}`;
        expect(await callback?.handle({ ...asked, url })).toEqual({ status: 403 });
      }),
      { numRuns: 300 },
    );
    expect([reports, inbound]).toEqual([[], []]);
  });
});
