import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import type { PushAnswer } from '../../../src/factors/index.ts';
import { decodeBase32, encodeBase32 } from '../../../src/factors/index.ts';
import type { Phone, PhonePrompt, PhoneResult } from './phone.ts';

interface Challenge {
  readonly nonce: string;
  readonly url: string;
  readonly serial: string;
  readonly question: string;
  readonly title: string;
  readonly sslverify: string;
  readonly require_presence?: string;
  readonly signature: string;
  readonly capabilities?: string;
  readonly capabilities_signature?: string;
}

interface Answer {
  readonly result: { readonly status: boolean; readonly value?: unknown };
  readonly detail?: { readonly public_key?: string; readonly display_code?: string };
}

/** What the phone is made of. */
export interface PrivacyideaPhoneOptions {
  readonly clock: { nowMs(): number };
  /** Default: a key of 4,096 bits, as the app makes it (one for all phones of a test run would be another phone's). */
  readonly keys?: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
}

/** A phone with the privacyIDEA Authenticator, in poll mode. It believes nothing that the server has not signed. */
export class PrivacyideaPhone implements Phone {
  readonly serial: string;
  /** The end point the QR code has named. */
  readonly url: string;
  readonly #credential: string;
  readonly #clock: { nowMs(): number };
  readonly #keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  #serverKey: KeyObject | undefined;
  #last: Record<string, string> = {};
  #lastMs = 0;

  /** `uri` is what the QR code holds, `otpauth://pipush/…`. */
  constructor(uri: string, { clock, keys }: PrivacyideaPhoneOptions) {
    const { protocol, host, searchParams } = new URL(uri);
    if (protocol !== 'otpauth:' || host !== 'pipush' || searchParams.get('v') !== '1')
      throw new Error('not for this app');
    this.serial = searchParams.get('serial') ?? '';
    this.url = searchParams.get('url') ?? '';
    this.#credential = searchParams.get('enrollment_credential') ?? '';
    this.#clock = clock;
    this.#keys = keys ?? generateKeyPairSync('rsa', { modulusLength: 4096 });
  }

  async enrol(): Promise<PhoneResult> {
    const pubkey = this.#keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    const { serial } = this;
    const form = { enrollment_credential: this.#credential, serial, fbtoken: 'no_firebase_token', pubkey };
    const { result, answer } = await this.post(form);
    const key = answer?.detail?.public_key;
    if (key !== undefined)
      this.#serverKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs1' });
    return result;
  }

  async prompts(): Promise<readonly PhonePrompt[]> {
    this.#lastMs = Math.max(this.#clock.nowMs(), this.#lastMs + 1);
    const { result, answer } = await this.poll(this.#lastMs);
    if (!result.isTaken) throw new Error('the server refused to tell the phone what waits');
    return (answer?.result.value as Challenge[]).map((challenge) => this.#shown(challenge));
  }

  answer(prompt: PhonePrompt, answer: PushAnswer): Promise<PhoneResult> {
    this.#last = this.form(prompt, answer);
    return this.replay();
  }

  async forge(prompt: PhonePrompt, answer: PushAnswer): Promise<PhoneResult> {
    const form = { ...this.form(prompt, answer), signature: this.sign('something else') };
    return (await this.post(form)).result;
  }

  async replay(): Promise<PhoneResult> {
    return (await this.post(this.#last)).result;
  }

  async pollAt(atMs: number): Promise<PhoneResult> {
    return (await this.poll(atMs)).result;
  }

  /** The form of an answer: what is said stands in it, and behind nonce and serial in what is signed. */
  form({ name }: PhonePrompt, answer: PushAnswer): Record<string, string> {
    const { fields, signed } = spoken(answer);
    const { serial } = this;
    return { nonce: name, serial, ...fields, signature: this.sign([name, serial, ...signed].join('|')) };
  }

  sign(text: string): string {
    return encodeBase32(sign('sha256', Buffer.from(text), this.#keys.privateKey));
  }

  async post(form: Record<string, string>): Promise<{ result: PhoneResult; answer: Answer | undefined }> {
    return read(await fetch(this.url, { method: 'POST', body: new URLSearchParams(form) }));
  }

  async poll(atMs: number): Promise<{ result: PhoneResult; answer: Answer | undefined }> {
    // Microseconds, as the app writes them.
    const timestamp = new Date(atMs).toISOString().replace('Z', '000Z');
    const { serial } = this;
    const query = new URLSearchParams({ serial, timestamp, signature: this.sign(`${serial}|${timestamp}`) });
    return read(await fetch(`${this.url}?${query.toString()}`));
  }

  #shown(challenge: Challenge): PhonePrompt {
    const { nonce, url, serial, question, title, sslverify, require_presence: presence } = challenge;
    const signed = [nonce, url, serial, question, title, sslverify, ...(presence === undefined ? [] : [presence])];
    if (!this.#isFromServer(signed.join('|'), challenge.signature))
      throw new Error('the challenge is not from the server');
    const { capabilities = '{}', capabilities_signature = '' } = challenge;
    const announced = `{"capabilities":${capabilities},"nonce":${JSON.stringify(nonce)}}`;
    if (!this.#isFromServer(announced, capabilities_signature))
      throw new Error('the capabilities are not from the server');
    return { name: nonce, title, body: question, ...(presence === undefined ? {} : { choices: presence.split(',') }) };
  }

  #isFromServer(text: string, signature: string): boolean {
    const octets = decodeBase32(signature).reveal();
    return this.#serverKey !== undefined && verify('sha256', Buffer.from(text), this.#serverKey, octets);
  }
}

function spoken(answer: PushAnswer): { fields: Record<string, string>; signed: readonly string[] } {
  switch (answer.kind) {
    case 'approved':
      if (answer.choice === undefined) return { fields: {}, signed: [] };
      return { fields: { presence_answer: answer.choice }, signed: [answer.choice] };
    case 'denied':
      return { fields: { decline: '1' }, signed: ['decline'] };
    case 'fraud-reported':
      return { fields: { decline: '1', decline_reason: 'unknown_trigger' }, signed: ['decline', 'unknown_trigger'] };
  }
}

async function read(response: Response): Promise<{ result: PhoneResult; answer: Answer | undefined }> {
  const text = await response.text();
  const answer = response.ok ? (JSON.parse(text) as Answer) : undefined;
  const code = answer?.detail?.display_code;
  const isTaken = answer?.result.status === true;
  return { result: { isTaken, text: `${response.status} ${text}`, ...(code === undefined ? {} : { code }) }, answer };
}
