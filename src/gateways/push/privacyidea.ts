import type {
  Callback,
  CallbackRequest,
  Delivery,
  PushChannel,
  PushEnrolment,
  PushPrompt,
} from '../../factors/index.ts';
import { encodeBase32, decodeBase32 } from '../../lib/base32.ts';
import { CREDENTIAL_OCTETS, ENROLMENT_TTL_SECONDS, isCredential, keepCredential } from './credential.ts';
import type { PushChannelsDeps } from './deps.ts';
import {
  findDevice,
  keepData,
  MAX_SERIAL_CHARACTERS,
  readyData,
  type DeviceState,
  type KnownDevice,
} from './device-data.ts';
import { isSignedByRsa, readRsaKey, spkiText } from './device-keys.ts';
import { done, endPoint, refused, type Outcome } from './end-point.ts';
import { formFields, isAbsent, textField, type Fields } from './fields.ts';
import { FreshRequests } from './fresh-requests.ts';
import { PendingPrompts } from './pending-prompts.ts';
import { isChoice, readAnswer } from './privacyidea-answer.ts';
import { newServerKey, parseTimestamp, signChallenge, success, FAILURE, type Challenge } from './privacyidea-wire.ts';

/** Phones with the privacyIDEA Authenticator, in its poll mode: no push service is needed. */
export interface PrivacyideaOptions {
  /** Whom the app names above the account; default `Sallyport`. */
  readonly issuer?: string;
  /** How long a new phone may take; default one hour. */
  readonly enrolmentTtlSeconds?: number;
}

interface Asked {
  /** Base32 of 20 octets: the app knows the prompt by it. */
  readonly nonce: string;
  /** Made when the phone first asks, and the same ever after. */
  challenge?: Promise<Challenge>;
}

const PROTOCOL = 'privacyidea';
// The address the app gets; it ends as the app's own server has it.
const PATH = 'ttype/push';
const NONCE_OCTETS = 20;
const MAX_SHOWN = 10;
const MAX_SIGNATURE_CHARACTERS = 2_048;
const MAX_KEY_CHARACTERS = 2_048;
const MAX_TIMESTAMP_CHARACTERS = 40;

/** Phones with the privacyIDEA Authenticator. Its end point is one address: GET polls, POST enrols and answers. */
export class PrivacyideaChannel implements PushChannel {
  readonly protocol = PROTOCOL;
  readonly callbacks: readonly Callback[];
  readonly #options: PrivacyideaOptions;
  readonly #deps: PushChannelsDeps;
  readonly #url: string;
  readonly #pending: PendingPrompts<Asked>;
  readonly #fresh: FreshRequests;

  constructor(options: PrivacyideaOptions, deps: PushChannelsDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#url = `${deps.publicUrl}/push/${PROTOCOL}/${PATH}`;
    this.#pending = new PendingPrompts(deps.clock);
    this.#fresh = new FreshRequests(deps.clock);
    const common = { protocol: PROTOCOL, refusal: FAILURE, logger: deps.logger } as const;
    this.callbacks = [
      endPoint(common, { method: 'GET', path: PATH }, ({ query }) => this.#poll(query)),
      endPoint(common, { method: 'POST', path: PATH }, (request) => this.#post(request)),
    ];
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#pending.clear();
    return Promise.resolve();
  }

  enrol(serial: string, account: string): PushEnrolment {
    const { clock, random } = this.#deps;
    const { issuer = 'Sallyport', enrolmentTtlSeconds = ENROLMENT_TTL_SECONDS } = this.#options;
    const credential = random.octets(CREDENTIAL_OCTETS).toString('hex');
    const parameters = {
      url: this.#url,
      ttl: String(Math.ceil(enrolmentTtlSeconds / 60)),
      issuer,
      enrollment_credential: credential,
      v: '1',
      serial,
      sslverify: '1',
      poll_only: '1',
    };
    const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const data = keepData({ state: 'pending', ...keepCredential(credential, clock, enrolmentTtlSeconds) });
    return { uri: `otpauth://pipush/${encodeURIComponent(account)}?${query.join('&')}`, data };
  }

  send(prompt: PushPrompt, signal: AbortSignal): Promise<Delivery> {
    return Promise.resolve(this.#keep(prompt, signal));
  }

  withdraw(promptId: string): void {
    this.#pending.withdraw(promptId);
  }

  #keep(prompt: PushPrompt, signal: AbortSignal): Delivery {
    const ready = readyData(prompt, signal);
    if (ready.kind !== 'ready') return ready;
    if (prompt.choices?.every(isChoice) === false) return { kind: 'refused', problem: 'the choices are not numbers' };
    // A phone that asks is shown it as it is: an answer that is on its way stays good.
    if (this.#pending.again(prompt) !== undefined) return { kind: 'sent' };
    const nonce = encodeBase32(this.#deps.random.octets(NONCE_OCTETS));
    const isKept = this.#pending.add(prompt, { nonce });
    return isKept ? { kind: 'sent' } : { kind: 'failed', problem: 'the prompt cannot wait' };
  }

  #post({ body }: CallbackRequest): Outcome | Promise<Outcome> {
    const fields = formFields(body);
    if (fields === undefined) return refused('no form');
    return isAbsent(fields, 'enrollment_credential') ? this.#answer(fields) : this.#enrolPhone(fields);
  }

  async #enrolPhone(fields: Fields): Promise<Outcome> {
    const { devices, clock } = this.#deps;
    const known = this.#find(fields, 'pending');
    const credential = textField(fields, 'enrollment_credential', CREDENTIAL_OCTETS * 2) ?? '';
    if (known === undefined || !isCredential(credential, known.data, clock)) return refused('credential');
    const key = readRsaKey(textField(fields, 'pubkey', MAX_KEY_CHARACTERS) ?? '');
    if (key === undefined) return refused('the key is not one for RSA of 2,048 bits and more');
    const { privateKey, publicKey } = await newServerKey();
    const { serial, data: before } = known.device;
    const after = keepData({ state: 'active', key: spkiText(key), serverKey: privateKey });
    const isKept = await devices.update(serial, before, after, { activate: true });
    return isKept
      ? done(success(true, { public_key: publicKey, rollout_state: 'enrolled', serial }))
      : refused('changed');
  }

  async #poll(query: Fields): Promise<Outcome> {
    const known = this.#find(query, 'active');
    const timestamp = textField(query, 'timestamp', MAX_TIMESTAMP_CHARACTERS) ?? '';
    const atMs = parseTimestamp(timestamp);
    if (known === undefined || atMs === undefined) return refused('no such phone, or no time');
    const { serial } = known.device;
    if (!this.#fresh.isFresh(serial, atMs)) return refused('the time is not within a minute, or was used before');
    if (!isSigned(known, `${serial}|${timestamp}`, query)) return refused('signature');
    if (!this.#fresh.spend(serial, atMs)) return refused('replayed');
    return done(success(await this.#challenges(known)));
  }

  #challenges({ device, data }: KnownDevice): Promise<readonly Challenge[]> {
    const serverKey = textField(data, 'serverKey', 4_096) ?? '';
    const waiting = this.#pending.ofDevice(device.serial).slice(-MAX_SHOWN);
    return Promise.all(
      waiting.map(({ prompt, serial, extra }) => {
        extra.challenge ??= signChallenge({ prompt, serial, nonce: extra.nonce, url: this.#url }, serverKey);
        return extra.challenge;
      }),
    );
  }

  #answer(fields: Fields): Outcome {
    const known = this.#find(fields, 'active');
    const nonce = textField(fields, 'nonce', MAX_TIMESTAMP_CHARACTERS);
    const asked = known === undefined ? [] : this.#pending.answerableOf(known.device.serial);
    const waiting = asked.find(({ extra }) => extra.nonce === nonce);
    if (known === undefined || waiting === undefined) return refused('no such prompt of that phone');
    const said = readAnswer(fields, waiting.prompt);
    if (said === undefined) return refused('no answer to that prompt');
    const message = [waiting.extra.nonce, waiting.serial, ...said.signed].join('|');
    if (!isSigned(known, message, fields)) return refused('signature');
    const receipt = this.#pending.take(waiting, said.answer, this.#deps.events);
    if (receipt.kind === 'late') return refused('late');
    return done(success(true, receipt.code === undefined ? {} : { display_code: receipt.code }));
  }

  #find(fields: Fields, state: DeviceState): KnownDevice | undefined {
    const serial = textField(fields, 'serial', MAX_SERIAL_CHARACTERS);
    return findDevice(this.#deps.devices, { serial, protocol: PROTOCOL, state });
  }
}

function isSigned({ data }: KnownDevice, message: string, fields: Fields): boolean {
  const key = readRsaKey(textField(data, 'key', MAX_KEY_CHARACTERS) ?? '');
  const signature = decodeBase32(textField(fields, 'signature', MAX_SIGNATURE_CHARACTERS) ?? '');
  return key !== undefined && isSignedByRsa(key, message, signature);
}
