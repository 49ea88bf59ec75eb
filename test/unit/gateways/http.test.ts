import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpGatewayConfig } from '../../../src/config/index.ts';
import type { Gateway } from '../../../src/factors/index.ts';
import { createGateway } from '../../../src/gateways/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { gatewayContract } from '../../contract/gateway.ts';
import { callBack, gatewayWorld, patient, PUBLIC_URL, textMessage } from '../../support/gateway.ts';
import { startMoodyProvider } from '../../support/provider-moods.ts';
import { startProvider, type Provider, type ProviderReply, type ProviderRequest } from '../../support/provider.ts';

const KEY = 'Bearer key-of-the-account';

function httpConfig(parts: Partial<HttpGatewayConfig>): HttpGatewayConfig {
  return {
    type: 'http',
    channels: ['sms'],
    method: 'POST',
    url: 'https://sms.example.com/send',
    query: {},
    headers: { Authorization: Secret.fromText(KEY) },
    body: { json: { to: '{{to}}', messages: [{ content: '{{text}}' }] } },
    success: { statuses: [200] },
    timeoutSeconds: 10,
    failures: 5,
    asideSeconds: 30,
    ...parts,
  };
}

interface Sent {
  readonly to: string;
  readonly messages: readonly { readonly content: string }[];
}

gatewayContract(
  'http',
  async () => {
    const { clock, deps } = gatewayWorld();
    const taken: { to: string; text: string }[] = [];
    const refusal = { status: 401, body: `not ${KEY}` };
    const provider = await startMoodyProvider({
      refusal,
      well({ headers, body }) {
        if (headers.authorization !== KEY) return refusal;
        const { to, messages } = JSON.parse(body) as Sent;
        taken.push({ to, text: messages[0]?.content ?? '' });
        return { status: 200, body: JSON.stringify({ status: 'ok', messages: [{ id: 17 }] }) };
      },
    });
    const success = { statuses: [200], pattern: '"status":"ok"', reference: 'messages[0].id' };
    const gateway = await createGateway('web', httpConfig({ url: provider.url, success }), deps);
    const close = () => provider.close();
    return { gateway, clock, taken: () => taken, setMood: (mood) => provider.setMood(mood), vanish: close, close };
  },
  { secrets: [KEY] },
);

describe('the requests of an HTTP gateway', () => {
  let provider: Provider | undefined;
  afterEach(() => provider?.close());

  async function sendOver(
    parts: Partial<HttpGatewayConfig>,
    answer: (request: ProviderRequest) => ProviderReply = () => ({ status: 200 }),
  ) {
    provider = await startProvider(answer);
    const gateway = await createGateway(
      'web',
      httpConfig({ ...parts, url: `${provider.url}/send?key=1` }),
      gatewayWorld().deps,
    );
    return await gateway.sendText?.(textMessage({ text: 'a&b "c"', subject: 'Login' }), patient());
  }

  it('carry a form', async () => {
    await sendOver({ body: { form: { phone: '{{toDigits}}', message: '{{text}}', sender: '{{from}}' } } });
    const [request] = provider?.requests ?? [];
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      phone: '4520123456',
      message: 'a&b "c"',
      sender: '+4570101010',
    });
  });

  it('carry plain text', async () => {
    await sendOver({ body: { text: '{{subject}}: {{ text }}' } });
    expect(provider?.requests[0]?.body).toBe('Login: a&b "c"');
  });

  it('carry everything in the query', async () => {
    await sendOver({ method: 'GET', query: { to: '{{to}}', text: '{{text}}', id: '{{id}}' } });
    const [request] = provider?.requests ?? [];
    expect(request?.method).toBe('GET');
    expect(request?.body).toBe('');
    expect(Object.fromEntries(new URL(request?.path ?? '', 'http://x').searchParams)).toEqual({
      key: '1',
      to: '+4520123456',
      text: 'a&b "c"',
      id: 'f00d',
    });
  });

  it('fill values into structures without looking at them again, and leave keys and numbers alone', async () => {
    await sendOver({ body: { json: { '{{to}}': [1, true, null, '{{text}}{{nothing}}'] } } });
    expect(JSON.parse(provider?.requests[0]?.body ?? '')).toEqual({ '{{to}}': [1, true, null, 'a&b "c"{{nothing}}'] });
  });

  it('are not repeated where a redirect leads', async () => {
    const elsewhere = await startProvider(() => ({ status: 200 }));
    const delivery = await sendOver({}, () => ({ status: 307, headers: { location: elsewhere.url } }));
    expect(delivery).toEqual({
      kind: 'failed',
      problem: 'it answered with a redirect (HTTP status 307), which is not followed',
    });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it('tell what speaks of one message from what speaks of the gateway', async () => {
    expect((await sendOver({}, () => ({ status: 422 })))?.kind).toBe('refused');
    await provider?.close();
    expect((await sendOver({}, () => ({ status: 429 })))?.kind).toBe('failed');
  });

  it('give the name of the delivery by path or by pattern', async () => {
    const byPath = { statuses: [200], reference: 'result.ids[1]' };
    expect(await sendOver({ success: byPath }, () => ({ status: 200, body: '{"result":{"ids":[4,5]}}' }))).toEqual({
      kind: 'sent',
      reference: '5',
    });
    await provider?.close();
    const byPattern = { statuses: [200], pattern: '^OK', referencePattern: '^OK (\\d+)' };
    expect(await sendOver({ success: byPattern }, () => ({ status: 200, body: 'OK 4711' }))).toEqual({
      kind: 'sent',
      reference: '4711',
    });
  });
});

describe('the callbacks of an HTTP gateway', () => {
  const SECRET = 'key-of-callbacks';
  const world = () => gatewayWorld();
  const at = (path: string) => `${PUBLIC_URL}/gateways/web/${path}`;
  const sign = (body: string, key = SECRET) => createHmac('sha256', key).update(body).digest('hex');

  async function make(signatureHeader: string | undefined) {
    const present = world();
    const callbacks = {
      secret: Secret.fromText(SECRET),
      signatureHeader,
      report: { id: 'ref', status: 'state', delivered: ['DELIVRD'], undelivered: ['UNDELIV'] },
      inbound: { from: 'msg.from', text: 'msg.body' },
    };
    const gateway: Gateway = await createGateway('web', httpConfig({ callbacks }), present.deps);
    return { ...present, gateway };
  }

  it('take what is signed: reports and messages', async () => {
    const { gateway, reports, inbound } = await make('X-Signature');
    for (const [path, body] of [
      ['report', '{"ref":"f00d","state":"DELIVRD"}'],
      ['report', '{"ref":"beef","state":"UNDELIV"}'],
      ['report', '{"ref":"beef","state":"ACCEPTD"}'],
      ['inbound', '{"id":1,"msg":{"from":4520123456,"body":"1"}}'],
    ] as const) {
      const headers = { 'x-signature': `sha256=${sign(body)}` };
      expect(await callBack(gateway, { url: at(path), headers, body: Buffer.from(body) })).toEqual({ status: 204 });
    }
    expect(reports.map(({ id, outcome }) => [id, outcome.kind])).toEqual([
      ['f00d', 'delivered'],
      ['beef', 'undelivered'],
    ]);
    expect(inbound).toEqual([{ gateway: 'web', from: '+4520123456', text: '1' }]);
  });

  it.each([
    ['no signature', {}],
    ['a signature under another key', { 'x-signature': sign('{"msg":{"from":"1","body":"1"}}', 'other') }],
    ['a signature of another body', { 'x-signature': sign('{}') }],
    ['an empty signature', { 'x-signature': '' }],
    ['a signature cut short', { 'x-signature': sign('{"msg":{"from":"1","body":"1"}}').slice(0, 32) }],
    ['the secret itself as a token', { token: SECRET }],
  ])('answer 403 to %s, and nothing happens', async (_, headers) => {
    const { gateway, reports, inbound } = await make('X-Signature');
    const body = Buffer.from('{"msg":{"from":"1","body":"1"}}');
    const url = `${at('inbound')}?token=${SECRET}`;
    expect(await callBack(gateway, { url, headers, body })).toEqual({ status: 403 });
    expect([reports, inbound]).toEqual([[], []]);
  });

  it('take the same message once', async () => {
    const { gateway, inbound } = await make('X-Signature');
    const body = '{"id":1,"msg":{"from":"+4520123456","body":"1"}}';
    for (let times = 0; times < 3; times += 1) {
      const headers = { 'x-signature': sign(body) };
      expect((await callBack(gateway, { url: at('inbound'), headers, body: Buffer.from(body) })).status).toBe(204);
    }
    expect(inbound).toHaveLength(1);
  });

  it('may go by a token in the address, and read forms', async () => {
    const { gateway, inbound } = await make(undefined);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = Buffer.from('msg.from=x');
    expect((await callBack(gateway, { url: at('inbound'), headers, body })).status).toBe(403);
    expect((await callBack(gateway, { url: `${at('inbound')}?token=wrong`, headers, body })).status).toBe(403);
    expect((await callBack(gateway, { url: `${at('report')}?token=${SECRET}`, headers, body })).status).toBe(400);
    expect(inbound).toEqual([]);
  });
});
