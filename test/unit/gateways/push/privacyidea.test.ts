import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pushChannelContract } from '../../../contract/push-channel.ts';
import { PrivacyideaPhone } from '../../../support/phones/privacyidea-phone.ts';
import type { PhonePrompt } from '../../../support/phones/phone.ts';
import { startPushStage, type PushStage } from '../../../support/phones/push-stage.ts';

// Each phone of a test has a key of its own; making keys of this size for every test takes too long.
const someKeys = [0, 1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 4096 }));
const never = new AbortController().signal;
let next = 0;

function phoneWithKeys(uri: string, clock: { nowMs(): number }): PrivacyideaPhone {
  const keys = someKeys[next++ % someKeys.length];
  return new PrivacyideaPhone(uri, keys === undefined ? { clock } : { clock, keys });
}

pushChannelContract('the privacyIDEA Authenticator', () =>
  Promise.resolve({ options: { privacyidea: {} }, phone: phoneWithKeys, close: () => Promise.resolve() }),
);

describe('the privacyIDEA Authenticator: enrolment', () => {
  let stage: PushStage;

  beforeEach(async () => {
    stage = await startPushStage({ privacyidea: { issuer: 'Example & Sons', enrolmentTtlSeconds: 600 } });
  });

  afterEach(() => stage.stop());

  it('is begun by a QR code as the app reads it', () => {
    const { protocol, host, pathname, searchParams } = new URL(stage.begin('PIPU0001'));
    expect([protocol, host, pathname]).toEqual(['otpauth:', 'pipush', '/alice%40example.com']);
    const { enrollment_credential: credential, ...rest } = Object.fromEntries(searchParams);
    expect(credential).toMatch(/^[0-9a-f]{40}$/);
    const url = `${stage.server.url}/push/privacyidea/ttype/push`;
    const issuer = 'Example & Sons';
    expect(rest).toEqual({ url, ttl: '10', issuer, v: '1', serial: 'PIPU0001', sslverify: '1', poll_only: '1' });
    expect(stage.devices.get('PIPU0001').data.reveal().toString()).not.toContain(credential);
  });

  const rsa = (modulusLength: number, publicExponent = 65_537): Keys =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent });

  it.each<[string, () => Keys]>([
    ['RSA of 1,024 bits', () => rsa(1024)],
    ['RSA with the exponent 3', () => rsa(2048, 3)],
    ['RSA with the exponent 65,539', () => rsa(2048, 65_539)],
    ['RSA-PSS', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 })],
    ['ECDSA', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['Ed25519', () => generateKeyPairSync('ed25519')],
  ])('takes no key of %s', async (_, make) => {
    const phone = new PrivacyideaPhone(stage.begin('PIPU0001'), { clock: stage.clock, keys: make() });
    expect((await phone.enrol()).isTaken).toBe(false);
    expect(stage.devices.get('PIPU0001').isPending).toBe(true);
  });
});

describe('the privacyIDEA Authenticator: answers', () => {
  let stage: PushStage;
  let phone: PrivacyideaPhone;

  beforeEach(async () => {
    stage = await startPushStage({ privacyidea: {} });
    phone = phoneWithKeys(stage.begin('PIPU0001'), stage.clock);
    expect(await phone.enrol()).toMatchObject({ isTaken: true });
  });

  afterEach(() => stage.stop());

  async function shown(choices?: readonly string[]): Promise<PhonePrompt> {
    await stage.channel.send(stage.prompt('PIPU0001', choices === undefined ? {} : { choices }), never);
    const [prompt] = await phone.prompts();
    if (prompt === undefined) throw new Error('the phone shows nothing');
    return prompt;
  }

  async function send(form: Record<string, string>): Promise<boolean> {
    return (await phone.post(form)).result.isTaken;
  }

  it('cannot be turned from a refusal into a consent', async () => {
    const prompt = await shown();
    const { decline, ...refusal } = phone.form(prompt, { kind: 'denied' });
    expect(decline).toBe('1');
    expect(await send({ ...refusal, presence_answer: 'decline' })).toBe(false);
    expect(await send({ ...refusal, decline_reason: 'decline' })).toBe(false);
    expect(await send(refusal)).toBe(false);
    expect(await send({ ...refusal, decline: '1' })).toBe(true);
    expect(stage.events.answers.map(({ answer }) => answer)).toEqual([{ kind: 'denied' }]);
  });

  it('cannot be turned from one number into another', async () => {
    const prompt = await shown(['17', '42', '93']);
    const form = phone.form(prompt, { kind: 'approved', choice: '17' });
    expect(await send({ ...form, presence_answer: '42' })).toBe(false);
    expect(await send(form)).toBe(true);
  });

  it.each([
    ['cancelled', 'denied'],
    ['unknown_trigger', 'fraud-reported'],
    ['a reason of times to come', 'denied'],
  ])('takes the reason "%s" as %s, if it is signed', async (reason, kind) => {
    const { name: nonce } = await shown();
    const { serial } = phone;
    const form = { nonce, serial, decline: '1', decline_reason: reason };
    expect(await send({ ...form, signature: phone.sign(`${nonce}|${serial}|decline`) })).toBe(false);
    expect(await send({ ...form, signature: phone.sign(`${nonce}|${serial}|decline|${reason}`) })).toBe(true);
    expect(stage.events.answers.map(({ answer }) => answer)).toEqual([{ kind }]);
  });

  it('are to numbers alone, where there is a choice', async () => {
    const prompt = stage.prompt('PIPU0001', { choices: ['decline', '42', '93'] });
    expect(await stage.channel.send(prompt, never)).toMatchObject({ kind: 'refused' });
  });

  it('are to the same challenge, however often the phone asks', async () => {
    await shown();
    const polls = [await phone.poll(stage.clock.nowMs() + 10), await phone.poll(stage.clock.nowMs() + 20)];
    const [first, second] = polls.map(({ answer }) => answer?.result.value);
    expect(second).toEqual(first);
    expect(first).toHaveLength(1);
  });

  it('are refused where a field comes twice', async () => {
    const prompt = await shown();
    const body = `${new URLSearchParams(phone.form(prompt, { kind: 'approved' })).toString()}&serial=PIPU0001`;
    expect((await fetch(phone.url, { method: 'POST', body })).status).toBe(403);
  });
});

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}
