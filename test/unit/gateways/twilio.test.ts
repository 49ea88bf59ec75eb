import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TwilioGatewayConfig } from '../../../src/config/index.ts';
import type { CallbackReply, Gateway } from '../../../src/factors/index.ts';
import { createGateway } from '../../../src/gateways/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { gatewayContract } from '../../contract/gateway.ts';
import { callBack, gatewayWorld, patient, PUBLIC_URL, recordedCall, textMessage } from '../../support/gateway.ts';
import type { GatewayWorld } from '../../support/gateway.ts';
import { startMoodyProvider, type MoodyProvider } from '../../support/provider-moods.ts';
import type { ProviderRequest } from '../../support/provider.ts';

const SID = `AC${'1'.repeat(32)}`;
const TOKEN = 'token-of-the-account';

function twilioConfig(apiUrl: string): TwilioGatewayConfig {
  return {
    type: 'twilio',
    accountSid: SID,
    authToken: Secret.fromText(TOKEN),
    from: '+15005550006',
    apiUrl,
    timeoutSeconds: 10,
    failures: 5,
    asideSeconds: 30,
  };
}

type Form = Readonly<Record<string, string>>;

// The provider's own arithmetic, written anew: nothing of the gateway's is used to check the gateway.
function signatureOf(url: string, form: Form, token = TOKEN): string {
  const text = Object.keys(form)
    .sort()
    .reduce((sum, key) => sum + key + (form[key] ?? ''), url);
  return createHmac('sha1', token).update(text).digest('base64');
}

const refusal = { status: 401, body: JSON.stringify({ code: 20003, message: `Authenticate with ${TOKEN}` }) };

function startTwilio(take: (resource: string, form: Form) => void): Promise<MoodyProvider> {
  return startMoodyProvider({ refusal, well: (request) => answer(request, take) });
}

function answer({ method, path, headers, body }: ProviderRequest, take: (resource: string, form: Form) => void) {
  const [, sid, resource = ''] = /^\/2010-04-01\/Accounts\/(\w+)\/(Messages|Calls)\.json$/.exec(path) ?? [];
  const basic = `Basic ${Buffer.from(`${SID}:${TOKEN}`).toString('base64')}`;
  if (sid !== SID || headers.authorization !== basic) return refusal;
  const form = Object.fromEntries(new URLSearchParams(body));
  if (method !== 'POST' || form['To'] === undefined) return { status: 400, body: '{"code":21604}' };
  if (form['To'] === '+4520000000') return { status: 400, body: '{"code":21211,"message":"invalid To"}' };
  take(resource, form);
  return { status: 201, body: JSON.stringify({ sid: resource === 'Calls' ? 'CA1' : 'SM1', status: 'queued' }) };
}

gatewayContract(
  'twilio',
  async () => {
    const { clock, deps } = gatewayWorld();
    const taken: { to: string; text: string }[] = [];
    const provider = await startTwilio((_, form) => taken.push({ to: form['To'] ?? '', text: form['Body'] ?? '' }));
    const gateway = await createGateway('us', twilioConfig(provider.url), deps);
    const close = () => provider.close();
    return { gateway, clock, taken: () => taken, setMood: (mood) => provider.setMood(mood), vanish: close, close };
  },
  { secrets: [TOKEN, Buffer.from(`${SID}:${TOKEN}`).toString('base64')] },
);

describe('Twilio', () => {
  let world: GatewayWorld;
  let provider: MoodyProvider;
  let gateway: Gateway;
  let forms: Form[];

  beforeEach(async () => {
    world = gatewayWorld();
    forms = [];
    provider = await startTwilio((_, form) => forms.push(form));
    gateway = await createGateway('us', twilioConfig(provider.url), world.deps);
  });
  afterEach(async () => {
    await gateway.stop();
    await provider.close();
  });

  function twilioAsks(url: string, form: Form, signature = signatureOf(url, form)): Promise<CallbackReply> {
    const headers = { 'x-twilio-signature': signature };
    return callBack(gateway, { url, headers, body: Buffer.from(new URLSearchParams(form).toString()) });
  }

  const actionIn = (reply: CallbackReply): string =>
    /action="([^"]+)"/.exec(reply.body ?? '')?.[1]?.replaceAll('&amp;', '&') ?? '';

  it('computes the signature of its documentation', () => {
    // https://www.twilio.com/docs/usage/security#validating-requests, as its libraries' tests have it
    const form = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+12349013030',
      Digits: '1234',
      From: '+12349013030',
      To: '+18005551212',
    };
    expect(signatureOf('https://mycompany.com/myapp.php?foo=1&bar=2', form, '12345')).toBe(
      '0/KCTR6DLpKmkAf8muzZqo1nDgQ=',
    );
  });

  it('is asked for an SMS from the country’s sender, with reports to us', async () => {
    expect(await gateway.sendText?.(textMessage(), patient())).toEqual({ kind: 'sent', reference: 'SM1' });
    expect(forms).toEqual([
      {
        To: '+4520123456',
        From: '+4570101010',
        Body: 'Your code: 123456',
        StatusCallback: `${PUBLIC_URL}/gateways/us/message-status?id=f00d`,
      },
    ]);
  });

  it('refuses a number that does not exist, which is no fault of the gateway', async () => {
    expect(await gateway.sendText?.(textMessage({ to: '+4520000000' }), patient())).toEqual({
      kind: 'refused',
      problem: 'it answered HTTP status 400, error 21211',
    });
  });

  it('reports what became of a message, once', async () => {
    const url = `${PUBLIC_URL}/gateways/us/message-status?id=f00d`;
    for (const form of [
      { MessageSid: 'SM1', MessageStatus: 'sent' },
      { MessageSid: 'SM1', MessageStatus: 'delivered' },
      { MessageSid: 'SM1', MessageStatus: 'delivered' },
    ]) {
      expect((await twilioAsks(url, form)).status).toBe(204);
    }
    await twilioAsks(`${PUBLIC_URL}/gateways/us/message-status?id=beef`, {
      MessageStatus: 'undelivered',
      ErrorCode: '30003',
    });
    expect(world.reports).toEqual([
      { id: 'f00d', outcome: { kind: 'delivered' } },
      { id: 'beef', outcome: { kind: 'undelivered', problem: 'Twilio reports undelivered, error 30003' } },
    ]);
  });

  it('brings a message to us once, however often it is sent again', async () => {
    const url = `${PUBLIC_URL}/gateways/us/inbound`;
    const form = { MessageSid: 'SM9', From: '+4520123456', To: '+15005550006', Body: '1 & <ok>' };
    expect(await twilioAsks(url, form)).toMatchObject({ status: 200, body: '<Response/>' });
    await twilioAsks(url, form);
    expect(world.inbound).toEqual([{ gateway: 'us', from: '+4520123456', text: '1 & <ok>' }]);
  });

  it('signs with the port of the address or without', async () => {
    const form = { MessageSid: 'SM9', From: '+4520123456', Body: '1' };
    const withPort = signatureOf('https://gate.example.com:443/gateways/us/inbound', form);
    expect((await twilioAsks(`${PUBLIC_URL}/gateways/us/inbound`, form, withPort)).status).toBe(200);
  });

  it.each([
    ['without a signature', ''],
    ['signed under another token', signatureOf(`${PUBLIC_URL}/gateways/us/inbound`, { Body: '1' }, 'other')],
    ['signed for another address', signatureOf('https://other.example.com/gateways/us/inbound', { Body: '1' })],
    ['signed for other fields', signatureOf(`${PUBLIC_URL}/gateways/us/inbound`, { Body: '2' })],
  ])('is not believed %s: 403 everywhere, and nothing happens', async (_, signature) => {
    const { call, pressed, ended } = recordedCall([{ say: [], gather: { maxKeys: 4, timeoutSeconds: 10 } }]);
    await gateway.placeCall?.(call, patient());
    for (const path of ['voice?id=ca11&turn=0', 'call-status?id=ca11', 'message-status?id=ca11', 'inbound']) {
      const reply = await twilioAsks(`${PUBLIC_URL}/gateways/us/${path}`, { Body: '1', CallSid: 'CA1' }, signature);
      expect(reply).toEqual({ status: 403 });
    }
    expect([pressed, ended, world.inbound, world.reports]).toEqual([[], [], [], []]);
  });

  describe('in a call', () => {
    const gather = { maxKeys: 8, timeoutSeconds: 10 };
    const steps = [
      { say: [{ text: 'A <login> at "R&D".' }, { text: '', recording: 'https://x/a.mp3?b=1&c=2' }], gather },
      { say: [{ text: 'Once more.' }], gather },
      { say: [{ text: 'Thank you.' }] },
    ];
    const voice = `${PUBLIC_URL}/gateways/us/voice?id=ca11&turn=0`;
    const answered = { CallSid: 'CA1', CallStatus: 'in-progress' };

    it('is told whom to call, what to press and where to ask', async () => {
      const { call } = recordedCall(steps, { extension: ',,890' });
      expect(await gateway.placeCall?.(call, patient())).toEqual({ kind: 'sent', reference: 'CA1' });
      expect(forms[0]).toEqual({
        To: '+4520123456',
        From: '+4570101010',
        SendDigits: 'wwwwwwww890',
        Url: voice,
        Method: 'POST',
        StatusCallback: `${PUBLIC_URL}/gateways/us/call-status?id=ca11`,
        StatusCallbackMethod: 'POST',
        StatusCallbackEvent: 'completed',
      });
    });

    it('says and asks what the dialog wants, in its language', async () => {
      const { call, pressed, ended } = recordedCall(steps, { language: 'da' });
      await gateway.placeCall?.(call, patient());
      const first = await twilioAsks(voice, answered);
      expect(first.contentType).toMatch(/^text\/xml/);
      expect(first.body).toContain('<Say language="da-DK">A &lt;login&gt; at &quot;R&amp;D&quot;.</Say>');
      expect(first.body).toContain('<Play>https://x/a.mp3?b=1&amp;c=2</Play>');
      expect(first.body).toContain('finishOnKey="#" numDigits="8" timeout="10" actionOnEmptyResult="true"');
      const second = await twilioAsks(actionIn(first), { ...answered, Digits: '0', FinishedOnKey: '#' });
      expect(second.body).toContain('Once more.');
      const third = await twilioAsks(actionIn(second), { ...answered, Digits: '', FinishedOnKey: '#' });
      expect(third.body).toContain('<Say language="da-DK">Thank you.</Say><Hangup/>');
      expect(pressed).toEqual(['0', '']);
      await twilioAsks(`${PUBLIC_URL}/gateways/us/call-status?id=ca11`, { CallSid: 'CA1', CallStatus: 'completed' });
      expect(ended).toEqual(['hung-up']);
    });

    it('tells silence from # alone', async () => {
      const { call, pressed } = recordedCall(steps);
      await gateway.placeCall?.(call, patient());
      const first = await twilioAsks(voice, answered);
      await twilioAsks(actionIn(first), { ...answered, Digits: '' });
      expect(pressed).toEqual([undefined]);
    });

    it('gives a repeated question the same answer, and asks the dialog once', async () => {
      const { call, pressed } = recordedCall(steps);
      await gateway.placeCall?.(call, patient());
      const first = await twilioAsks(voice, answered);
      const keys = { ...answered, Digits: '', FinishedOnKey: '#' };
      const replies = await Promise.all([1, 2, 3].map(() => twilioAsks(actionIn(first), keys)));
      expect(new Set(replies.map(({ body }) => body)).size).toBe(1);
      expect(pressed).toEqual(['']);
    });

    it('hangs up on keys of an earlier turn, of another call, of no call, and after the end', async () => {
      const { call, pressed } = recordedCall(steps);
      await gateway.placeCall?.(call, patient());
      const first = await twilioAsks(voice, answered);
      const keys = { ...answered, Digits: '', FinishedOnKey: '#' };
      const second = await twilioAsks(actionIn(first), keys);
      const hungUp = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>';
      expect((await twilioAsks(actionIn(first), keys)).body).toBe(second.body);
      await twilioAsks(actionIn(second), keys);
      expect((await twilioAsks(actionIn(first), keys)).body).toBe(hungUp);
      expect((await twilioAsks(voice, { ...answered, CallSid: 'CA2' })).body).toBe(hungUp);
      expect((await twilioAsks(voice.replace('ca11', 'none'), answered)).body).toBe(hungUp);
      expect((await twilioAsks(`${PUBLIC_URL}/gateways/us/voice?id=ca11&turn=3`, keys)).body).toBe(hungUp);
      await twilioAsks(`${PUBLIC_URL}/gateways/us/call-status?id=ca11`, { CallSid: 'CA1', CallStatus: 'completed' });
      expect((await twilioAsks(actionIn(second), keys)).body).toBe(hungUp);
      expect(pressed).toEqual(['', '']);
    });

    it.each([
      ['busy', 'busy'],
      ['no-answer', 'no-answer'],
      ['canceled', 'failed'],
      ['failed', 'failed'],
    ])('that Twilio calls %s ended %s, which is told once', async (status, how) => {
      const { call, ended } = recordedCall(steps);
      await gateway.placeCall?.(call, patient());
      const url = `${PUBLIC_URL}/gateways/us/call-status?id=ca11`;
      await twilioAsks(url, { CallSid: 'CA1', CallStatus: 'ringing' });
      await twilioAsks(url, { CallSid: 'CA1', CallStatus: status });
      await twilioAsks(url, { CallSid: 'CA1', CallStatus: status });
      await gateway.stop();
      expect(ended).toEqual([how]);
    });

    it('is silent once the call was given up here, for another gateway may have placed it', async () => {
      await provider.setMood('broken');
      const { call, ended } = recordedCall(steps);
      expect((await gateway.placeCall?.(call, patient()))?.kind).toBe('failed');
      expect((await twilioAsks(voice, answered)).body).toContain('<Response><Hangup/></Response>');
      await gateway.stop();
      expect(ended).toEqual([]);
    });

    it('of which nobody hears again is over after ten minutes, or when the gateway stops', async () => {
      const [one, other] = [recordedCall(steps), recordedCall(steps, { id: 'ca12' })];
      await gateway.placeCall?.(one.call, patient());
      await world.clock.advance(5 * 60_000);
      await gateway.placeCall?.(other.call, patient());
      await world.clock.advance(5 * 60_000);
      expect([one.ended, other.ended]).toEqual([['failed'], []]);
      await gateway.stop();
      expect(other.ended).toEqual(['failed']);
    });

    it('that breaks in the dialog hangs up', async () => {
      const { call } = recordedCall(steps);
      const dialog = { ...call.dialog, pressed: () => Promise.reject(new Error('broken')) };
      await gateway.placeCall?.({ ...call, dialog }, patient());
      const first = await twilioAsks(voice, answered);
      const next = await twilioAsks(actionIn(first), { ...answered, Digits: '', FinishedOnKey: '#' });
      expect(next.body).toContain('<Response><Hangup/></Response>');
    });
  });

  it('places no calls where it cannot reach us', async () => {
    const { deps } = gatewayWorld();
    const deaf = await createGateway('us', twilioConfig(provider.url), { ...deps, publicUrl: undefined });
    expect([deaf.channels, deaf.placeCall, deaf.callbacks]).toEqual([['sms'], undefined, undefined]);
  });
});
