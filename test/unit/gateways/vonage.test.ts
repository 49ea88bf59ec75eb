import { createHash, createHmac, createVerify, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VonageGatewayConfig } from '../../../src/config/index.ts';
import type { CallbackReply, Gateway } from '../../../src/factors/index.ts';
import { createGateway } from '../../../src/gateways/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { gatewayContract } from '../../contract/gateway.ts';
import { callBack, gatewayWorld, patient, PUBLIC_URL, recordedCall, textMessage } from '../../support/gateway.ts';
import type { GatewayWorld } from '../../support/gateway.ts';
import { startMoodyProvider, type MoodyProvider } from '../../support/provider-moods.ts';
import type { ProviderReply, ProviderRequest } from '../../support/provider.ts';

const API_SECRET = 'secret-of-the-account';
const SIGNING = 'secret-of-signatures';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

function vonageConfig(url: string, parts: Partial<VonageGatewayConfig> = {}): VonageGatewayConfig {
  return {
    type: 'vonage',
    apiKey: 'abcd1234',
    apiSecret: Secret.fromText(API_SECRET),
    signatureSecret: Secret.fromText(SIGNING),
    signatureMethod: 'sha256',
    applicationId: 'app-1',
    privateKey: Secret.fromText(PEM),
    smsUrl: url,
    voiceUrl: url,
    timeoutSeconds: 10,
    failures: 5,
    asideSeconds: 30,
    ...parts,
  };
}

type Form = Readonly<Record<string, string>>;

// The provider's own arithmetic, written anew: nothing of the gateway's is used to check the gateway.
function sigOf(form: Form, secret = SIGNING): string {
  const names = Object.keys(form).filter((name) => name !== 'sig');
  const text = names.sort().map((name) => `&${name}=${(form[name] ?? '').replaceAll('&', '_').replaceAll('=', '_')}`);
  return createHmac('sha256', secret).update(text.join('')).digest('hex').toUpperCase();
}

const refusal = {
  status: 200,
  body: JSON.stringify({ messages: [{ status: '4', 'error-text': `Bad ${API_SECRET}` }] }),
};

interface Taken {
  readonly sms: Form[];
  readonly calls: unknown[];
}

function startVonage(taken: Taken): Promise<MoodyProvider> {
  return startMoodyProvider({
    refusal,
    well: (request) => (request.path === '/sms/json' ? takeSms(request, taken) : takeCall(request, taken)),
  });
}

function takeSms({ body }: ProviderRequest, { sms }: Taken): ProviderReply {
  const form = Object.fromEntries(new URLSearchParams(body));
  const isKnown = form['api_secret'] === API_SECRET || form['sig']?.toUpperCase() === sigOf(form);
  if (form['api_key'] !== 'abcd1234' || !isKnown) return refusal;
  if (form['to'] === '4520000000') return { status: 200, body: '{"messages":[{"status":"33","error-text":"gone"}]}' };
  sms.push(form);
  const part = { status: '0', 'message-id': `m${sms.length}`, 'message-price': '0.0333' };
  return { status: 200, body: JSON.stringify({ 'message-count': '2', messages: [part, part] }) };
}

function takeCall({ path, headers, body }: ProviderRequest, { calls }: Taken): ProviderReply {
  const [head = '', claims = '', signature = ''] = (headers.authorization ?? '').replace('Bearer ', '').split('.');
  const isGenuine = createVerify('sha256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url');
  const { application_id: id } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Form;
  if (!isGenuine || id !== 'app-1' || path !== '/v1/calls') return { status: 401, body: `{"title":"${API_SECRET}"}` };
  calls.push(JSON.parse(body));
  return { status: 201, body: '{"uuid":"call-1","status":"started"}' };
}

gatewayContract(
  'vonage',
  async () => {
    const { clock, deps } = gatewayWorld();
    const taken: Taken = { sms: [], calls: [] };
    const provider = await startVonage(taken);
    const gateway = await createGateway('uk', vonageConfig(provider.url), deps);
    const close = () => provider.close();
    const seen = () => taken.sms.map((form) => ({ to: form['to'] ?? '', text: form['text'] ?? '' }));
    return { gateway, clock, taken: seen, setMood: (mood) => provider.setMood(mood), vanish: close, close };
  },
  { secrets: [API_SECRET, SIGNING], written: (to) => to.slice(1) },
);

describe('Vonage', () => {
  let world: GatewayWorld;
  let provider: MoodyProvider;
  let gateway: Gateway;
  let taken: Taken;

  beforeEach(async () => {
    world = gatewayWorld();
    taken = { sms: [], calls: [] };
    provider = await startVonage(taken);
    gateway = await createGateway('uk', vonageConfig(provider.url), world.deps);
  });
  afterEach(async () => {
    await gateway.stop();
    await provider.close();
  });

  const seconds = () => Math.floor(world.clock.nowMs() / 1000);

  interface Token {
    readonly alg?: string;
    readonly secret?: string;
    readonly claims?: object;
    readonly of?: string;
  }

  function tokenFor(body: string, { alg = 'HS256', secret = SIGNING, claims = {}, of = body }: Token = {}): string {
    const payload_hash = createHash('sha256').update(of).digest('hex');
    const all = { iat: seconds(), iss: 'Vonage', jti: 'x', api_key: 'abcd1234', payload_hash, ...claims };
    const [head, payload] = [{ alg, typ: 'JWT' }, all].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signed = `${head ?? ''}.${payload ?? ''}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  }

  function vonageAsks(url: string, data: object, token?: Token): Promise<CallbackReply> {
    const body = JSON.stringify(data);
    const headers = { authorization: `Bearer ${tokenFor(body, token)}`, 'content-type': 'application/json' };
    return callBack(gateway, { url, headers, body: Buffer.from(body) });
  }

  it('is asked for an SMS, and adds up the price of its parts', async () => {
    expect(await gateway.sendText?.(textMessage(), patient())).toEqual({
      kind: 'sent',
      reference: 'm1',
      price: '0.0666 EUR',
    });
    expect(taken.sms[0]).toMatchObject({
      from: '4570101010',
      to: '4520123456',
      type: 'text',
      'client-ref': 'f00d',
      callback: `${PUBLIC_URL}/gateways/uk/receipt`,
    });
    await gateway.sendText?.(textMessage({ text: 'Код' }), patient());
    expect(taken.sms[1]?.['type']).toBe('unicode');
  });

  it('takes a signature in place of the API secret', async () => {
    const config = vonageConfig(provider.url, { apiSecret: undefined });
    const signing = await createGateway('uk', config, world.deps);
    expect((await signing.sendText?.(textMessage({ text: 'a=b&c' }), patient()))?.kind).toBe('sent');
    expect(taken.sms[0]).not.toHaveProperty('api_secret');
  });

  it('refuses a number that does not exist, which is no fault of the gateway', async () => {
    const delivery = await gateway.sendText?.(textMessage({ to: '+4520000000' }), patient());
    expect(delivery).toEqual({ kind: 'refused', problem: 'it answered status 33' });
  });

  describe('signs what it tells of messages', () => {
    const receipt = `${PUBLIC_URL}/gateways/uk/receipt`;
    const inbound = `${PUBLIC_URL}/gateways/uk/inbound`;
    const signed = (form: Form, secret = SIGNING): Form => ({ ...form, sig: sigOf(form, secret) });
    const message = () => ({ msisdn: '4520123456', to: '4570101010', messageId: 'a1', text: '1&2=3' });

    function tell(url: string, form: Form, way: 'get' | 'form' | 'json'): Promise<CallbackReply> {
      const text = new URLSearchParams(form).toString();
      if (way === 'get') return callBack(gateway, { method: 'GET', url: `${url}?${text}` });
      const type = way === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
      const body = Buffer.from(way === 'json' ? JSON.stringify(form) : text);
      return callBack(gateway, { url, headers: { 'content-type': type }, body });
    }

    it.each(['get', 'form', 'json'] as const)('by %s', async (way) => {
      const timestamp = String(seconds());
      const told = { 'client-ref': 'f00d', status: 'delivered', timestamp };
      expect((await tell(receipt, signed(told), way)).status).toBe(204);
      expect((await tell(inbound, signed({ ...message(), timestamp }), way)).status).toBe(204);
      expect((await tell(inbound, signed({ ...message(), timestamp }), way)).status).toBe(204);
      expect(world.reports).toEqual([{ id: 'f00d', outcome: { kind: 'delivered' } }]);
      expect(world.inbound).toEqual([{ gateway: 'uk', from: '+4520123456', text: '1&2=3' }]);
    });

    it('or by token', async () => {
      expect((await vonageAsks(inbound, message())).status).toBe(204);
      expect(world.inbound).toHaveLength(1);
    });

    it('and is not believed without, with a wrong, with an old signature: 403, and nothing happens', async () => {
      const timestamp = String(seconds());
      const old = String(seconds() - 301);
      const forged: Form[] = [
        { ...message(), timestamp },
        { ...message(), timestamp, sig: '' },
        signed({ ...message(), timestamp }, 'other'),
        { ...signed({ ...message(), timestamp }), text: '2' },
        signed({ ...message(), timestamp: old }),
        signed(message()),
      ];
      for (const form of forged) {
        for (const way of ['get', 'form', 'json'] as const) {
          expect(await tell(inbound, form, way)).toEqual({ status: 403 });
          expect(await tell(receipt, { ...form, 'client-ref': 'f00d', status: 'delivered' }, way)).toEqual({
            status: 403,
          });
        }
      }
      expect([world.inbound, world.reports]).toEqual([[], []]);
    });
  });

  describe('in a call', () => {
    const gather = { maxKeys: 8, timeoutSeconds: 30 };
    const steps = [
      { say: [{ text: 'A <login>.' }, { text: '', recording: 'https://x/a.mp3' }], gather },
      { say: [{ text: 'Thank you.' }] },
    ];
    const at = (path: string) => `${PUBLIC_URL}/gateways/uk/${path}`;
    const answered = { uuid: 'call-1', conversation_uuid: 'CON-1', to: '4520123456' };
    const keys = (digits: string, timed_out = false) => ({ uuid: 'call-1', dtmf: { digits, timed_out } });

    it('is told whom to call, what to press and where to ask, by an application it knows', async () => {
      const { call } = recordedCall(steps, { extension: ',890' });
      expect(await gateway.placeCall?.(call, patient())).toEqual({ kind: 'sent', reference: 'call-1' });
      expect(taken.calls).toEqual([
        {
          to: [{ type: 'phone', number: '4520123456', dtmfAnswer: 'pppp890' }],
          from: { type: 'phone', number: '4570101010' },
          answer_url: [at('answer?id=ca11&turn=0')],
          answer_method: 'POST',
          event_url: [at('event?id=ca11')],
          event_method: 'POST',
        },
      ]);
    });

    it('says and asks what the dialog wants', async () => {
      const { call, pressed, ended } = recordedCall(steps, { language: 'de' });
      await gateway.placeCall?.(call, patient());
      const first = await vonageAsks(at('answer?id=ca11&turn=0'), answered);
      expect(JSON.parse(first.body ?? '')).toEqual([
        { action: 'talk', text: 'A  login .', language: 'de-DE', bargeIn: false },
        { action: 'stream', streamUrl: ['https://x/a.mp3'], bargeIn: true },
        {
          action: 'input',
          type: ['dtmf'],
          dtmf: { maxDigits: 8, timeOut: 10, submitOnHash: true },
          eventUrl: [at('input?id=ca11&turn=1')],
          eventMethod: 'POST',
        },
      ]);
      const second = await vonageAsks(at('input?id=ca11&turn=1'), keys(''));
      expect(JSON.parse(second.body ?? '')).toEqual([
        { action: 'talk', text: 'Thank you.', language: 'de-DE', bargeIn: false },
      ]);
      await vonageAsks(at('event?id=ca11'), { uuid: 'call-1', status: 'answered' });
      await vonageAsks(at('event?id=ca11'), { uuid: 'call-1', status: 'completed' });
      expect([pressed, ended]).toEqual([[''], ['hung-up']]);
    });

    it('tells silence from # alone', async () => {
      const { call, pressed } = recordedCall(steps);
      await gateway.placeCall?.(call, patient());
      await vonageAsks(at('answer?id=ca11&turn=0'), answered);
      await vonageAsks(at('input?id=ca11&turn=1'), keys('', true));
      expect(pressed).toEqual([undefined]);
    });

    it('takes each turn once, and nothing from another call or after the end', async () => {
      const { call, pressed, ended } = recordedCall(steps);
      await gateway.placeCall?.(call, patient());
      await vonageAsks(at('answer?id=ca11&turn=0'), answered);
      const replies = [
        await vonageAsks(at('input?id=ca11&turn=1'), keys('')),
        await vonageAsks(at('input?id=ca11&turn=1'), keys('')),
      ];
      expect(replies[0]?.body).toBe(replies[1]?.body);
      expect((await vonageAsks(at('input?id=ca11&turn=2'), keys(''))).body).toBe('[]');
      expect((await vonageAsks(at('input?id=ca11&turn=1'), { ...keys(''), uuid: 'call-2' })).body).toBe('[]');
      await vonageAsks(at('event?id=ca11'), { uuid: 'call-2', status: 'completed' });
      expect(ended).toEqual([]);
      await vonageAsks(at('event?id=ca11'), { uuid: 'call-1', status: 'unanswered' });
      expect((await vonageAsks(at('input?id=ca11&turn=1'), keys(''))).body).toBe('[]');
      expect([pressed, ended]).toEqual([[''], ['no-answer']]);
    });

    it.each<[string, Token]>([
      ['signed under another secret', { secret: 'other' }],
      ['of another body', { of: '{}' }],
      ['without a hash of the body', { claims: { payload_hash: undefined } }],
      ['of another account', { claims: { api_key: 'other' } }],
      ['that is old', { claims: { iat: 0 } }],
      ['without a time', { claims: { iat: undefined } }],
      ['that has expired', { claims: { exp: 1 } }],
      ['that claims no algorithm', { alg: 'none' }],
    ])('does not believe a token %s: 403, and nothing happens', async (_, token) => {
      const { call, pressed, ended } = recordedCall(steps);
      await gateway.placeCall?.(call, patient());
      await vonageAsks(at('answer?id=ca11&turn=0'), answered);
      const data = { ...keys(''), status: 'completed', messageId: 'a', msisdn: '1', text: '1' };
      for (const path of ['answer?id=ca11&turn=0', 'input?id=ca11&turn=1', 'event?id=ca11', 'inbound', 'receipt']) {
        expect(await vonageAsks(at(path), data, token)).toEqual({ status: 403 });
      }
      const bare = { url: at('input?id=ca11&turn=1'), body: Buffer.from(JSON.stringify(data)) };
      expect(await callBack(gateway, bare)).toEqual({ status: 403 });
      expect([pressed, ended, world.inbound]).toEqual([[], [], []]);
    });

    it('fails as a value where its key is none, or another application’s', async () => {
      const { call } = recordedCall(steps);
      const broken = await createGateway(
        'uk',
        vonageConfig(provider.url, { privateKey: Secret.fromText('x') }),
        world.deps,
      );
      expect(await broken.placeCall?.(call, patient())).toEqual({
        kind: 'failed',
        problem: 'the private key is no RSA key in PEM',
      });
      const other = await createGateway('uk', vonageConfig(provider.url, { applicationId: 'app-2' }), world.deps);
      expect(await other.placeCall?.(call, patient())).toEqual({
        kind: 'failed',
        problem: 'it refuses our credentials (HTTP 401)',
      });
    });
  });
});
