import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newVapidKey } from '../../../../src/gateways/index.ts';
import { createSystemRandom } from '../../../../src/lib/random.ts';
import { pushChannelContract } from '../../../contract/push-channel.ts';
import { AppPhone } from '../../../support/phones/app-phone.ts';
import { FakePushService } from '../../../support/phones/fake-push-service.ts';
import { startPushStage, type PushStage } from '../../../support/phones/push-stage.ts';

const vapidKey = newVapidKey(createSystemRandom());
const contact = 'mailto:admin@example.com';
const never = new AbortController().signal;

pushChannelContract('the app', () =>
  Promise.resolve({
    options: { app: { vapidKey, contact } },
    phone: (uri, clock) => new AppPhone(uri, { clock }),
    close: () => Promise.resolve(),
  }),
);

describe('the app: Web Push', () => {
  let stage: PushStage;
  let service: FakePushService;
  let phone: AppPhone;

  beforeEach(async () => {
    service = await new FakePushService().start();
    stage = await startPushStage({ app: { vapidKey, contact, mayPushToPrivate: true } });
    phone = new AppPhone(stage.begin('PHONE-1'), { clock: stage.clock, subscription: service.subscription });
    expect(await phone.enrol()).toMatchObject({ isTaken: true });
  });

  afterEach(async () => {
    await stage.stop();
    await service.stop();
  });

  it('wakes the phone with nothing but the name of the prompt, encrypted for it', async () => {
    const prompt = stage.prompt('PHONE-1');
    expect(await stage.channel.send(prompt, never)).toEqual({ kind: 'sent' });
    const [message] = service.messages;
    expect(JSON.parse(message?.text ?? '')).toEqual({ prompt: prompt.id });
    expect(message?.headers).toMatchObject({ ttl: '60', urgency: 'high', 'content-encoding': 'aes128gcm' });
    expect(message?.claims).toMatchObject({ aud: new URL(service.subscription.endpoint).origin, sub: contact });
  });

  it('gives browsers the key they subscribe with', async () => {
    const response = await fetch(`${stage.server.url}/push/app/key`);
    const { publicKey } = (await response.json()) as { publicKey: string };
    await stage.channel.send(stage.prompt('PHONE-1'), never);
    expect(service.messages[0]?.headers['authorization']).toContain(`k=${publicKey}`);
  });

  it.each([[500], [400], [429], [302]])('is no delivery where the service answers %s', async (status) => {
    if (status === 302) service.location = service.subscription.endpoint;
    service.status = status;
    expect(await stage.channel.send(stage.prompt('PHONE-1'), never)).toMatchObject({ kind: 'failed' });
    expect(service.messages).toHaveLength(1);
    expect(await phone.prompts()).toEqual([]);
  });

  it.each([404, 410])('forgets a subscription that has ended (%s): the phone asks by itself', async (status) => {
    service.status = status;
    expect(await stage.channel.send(stage.prompt('PHONE-1'), never)).toEqual({ kind: 'sent' });
    expect(await stage.channel.send(stage.prompt('PHONE-1'), never)).toEqual({ kind: 'sent' });
    expect(service.messages).toHaveLength(1);
    expect(await phone.prompts()).toHaveLength(2);
  });

  it('does not wait for ever', async () => {
    service.isSilent = true;
    const sending = stage.channel.send(stage.prompt('PHONE-1'), never);
    await expect.poll(() => service.messages.length).toBe(1);
    await stage.clock.advance(10_000);
    expect(await sending).toMatchObject({ kind: 'failed' });
  });

  it('is called off with its caller', async () => {
    service.isSilent = true;
    const caller = new AbortController();
    const sending = stage.channel.send(stage.prompt('PHONE-1'), caller.signal);
    await expect.poll(() => service.messages.length).toBe(1);
    caller.abort();
    expect(await sending).toMatchObject({ kind: 'failed' });
  });

  it('says that a service is out of reach without saying where it is', async () => {
    await service.stop();
    const delivery = await stage.channel.send(stage.prompt('PHONE-1'), never);
    expect(delivery).toEqual({ kind: 'failed', problem: 'the push service could not be reached: ECONNREFUSED' });
  });

  it('takes a new subscription that the phone has signed, once', async () => {
    const second = await new FakePushService().start();
    try {
      const { endpoint, keys } = second.subscription;
      const signed = phone.phone.signedNow('subscribe', stage.clock.nowMs(), endpoint, keys.p256dh, keys.auth);
      const other = { ...second.subscription, endpoint: service.subscription.endpoint };
      expect((await phone.phone.post('subscribe', { ...signed, subscription: other })).status).toBe(403);
      const request = { ...signed, subscription: second.subscription };
      expect((await phone.phone.post('subscribe', request)).status).toBe(200);
      expect((await phone.phone.post('subscribe', request)).status).toBe(403);
      await stage.channel.send(stage.prompt('PHONE-1'), never);
      expect([service.messages.length, second.messages.length]).toEqual([0, 1]);
    } finally {
      await second.stop();
    }
  });
});

describe('the app: enrolment', () => {
  let stage: PushStage;

  beforeEach(async () => {
    stage = await startPushStage({ app: { vapidKey, contact, enrolmentTtlSeconds: 60 } });
  });

  afterEach(() => stage.stop());

  /** Sends an enrolment that is right but for the changes, signed by the key. */
  async function enrol(changes: object, { privateKey, publicKey }: Keys = newKeys('P-256')): Promise<number> {
    const [serial = '', credential = ''] = (stage.begin('PHONE-1').split('#e=')[1] ?? '').split('.');
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    const signature = sign('sha256', Buffer.from(`enrol|${serial}|${credential}`), key).toString('base64url');
    const fields = { serial, credential, publicKey: publicKey.export({ format: 'jwk' }), signature, ...changes };
    const request = { method: 'POST', body: JSON.stringify(fields) };
    return (await fetch(`${stage.server.url}/push/app/enrol`, request)).status;
  }

  it('keeps the secret out of the address that servers see, and only its digest', () => {
    const uri = stage.begin('PHONE-1');
    const [page, fragment = ''] = uri.split('#');
    expect(page).toBe(`${stage.server.url}/app`);
    const credential = fragment.split('.')[1] ?? '';
    expect(Buffer.from(credential, 'base64url')).toHaveLength(20);
    expect(stage.devices.get('PHONE-1').data.reveal().toString()).not.toContain(credential);
  });

  it('takes the key as a JWK and as SubjectPublicKeyInfo', async () => {
    expect(await enrol({})).toBe(200);
    const keys = newKeys('P-256');
    const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    expect(await enrol({ publicKey }, keys)).toBe(200);
  });

  it('ends after the time that is configured', async () => {
    const phone = new AppPhone(stage.begin('PHONE-1'), { clock: stage.clock });
    await stage.clock.advance(60_000);
    expect((await phone.enrol()).isTaken).toBe(false);
  });

  it('takes no key of another curve or kind, no private key, and none without proof', async () => {
    const keys = newKeys('P-256');
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    const statuses = [
      await enrol({}, newKeys('P-384')),
      await enrol({}, newKeys('secp256k1')),
      await enrol({ publicKey: rsa }),
      await enrol({ publicKey: keys.privateKey.export({ format: 'jwk' }) }, keys),
      await enrol({ publicKey: keys.publicKey.export({ format: 'jwk' }) }),
      await enrol({ publicKey: 'AAAA' }),
      await enrol({ publicKey: null }),
      await enrol({ signature: '' }),
      await enrol({ credential: 'A'.repeat(27) }),
      await enrol({ serial: '__proto__' }),
    ];
    expect(new Set(statuses)).toEqual(new Set([403]));
    expect(stage.devices.get('PHONE-1').isPending).toBe(true);
  });

  it('takes no subscription that leads into a private network, or with keys that are none', async () => {
    const { subscription } = await new FakePushService().start().then(async (service) => {
      await service.stop();
      return service;
    });
    const { keys } = subscription;
    expect(await enrol({ subscription })).toBe(403);
    expect(await enrol({ subscription: { endpoint: 'https://169.254.169.254/latest', keys } })).toBe(403);
    expect(
      await enrol({ subscription: { endpoint: 'https://push.example.com/a', keys: { ...keys, auth: 'x' } } }),
    ).toBe(403);
    const offCurve = Buffer.alloc(65, 4).toString('base64url');
    const astray = { endpoint: 'https://push.example.com/a', keys: { ...keys, p256dh: offCurve } };
    expect(await enrol({ subscription: astray })).toBe(403);
    expect(await enrol({ subscription: { endpoint: 'https://push.example.com/a', keys } })).toBe(200);
  });

  it.each(['', '[]', 'null', '"text"', '{', `{"serial":"${'x'.repeat(20_000)}"}`])(
    'is not upset by %s',
    async (body) => {
      const response = await fetch(`${stage.server.url}/push/app/enrol`, { method: 'POST', body });
      expect([response.status, await response.text()]).toEqual([403, '{"error":"refused"}']);
    },
  );
});

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function newKeys(namedCurve: string): Keys {
  return generateKeyPairSync('ec', { namedCurve });
}
