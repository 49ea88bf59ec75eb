import type { Callback, Delivery, PushChannel, PushEnrolment, PushPrompt } from '../../factors/index.ts';
import type { Secret } from '../../lib/secret.ts';
import { isSignedBy, keptSubscription, readAnswer, signatureOf } from './app-requests.ts';
import { CREDENTIAL_OCTETS, isCredential, keepCredential } from './credential.ts';
import type { PushChannelsDeps } from './deps.ts';
import {
  findDevice,
  keepData,
  MAX_SERIAL_CHARACTERS,
  readyData,
  type DeviceState,
  type KnownDevice,
} from './device-data.ts';
import { isSignedByP256, readP256Key, spkiText } from './device-keys.ts';
import { done, endPoint, refused, type Outcome } from './end-point.ts';
import { isAbsent, jsonFields, numberField, textField, type Fields } from './fields.ts';
import { FreshRequests } from './fresh-requests.ts';
import { PendingPrompts } from './pending-prompts.ts';
import { readSubscription, type Subscription } from './subscription.ts';
import { readVapidKey } from './vapid-key.ts';
import { createWebPush, type SendWakeUp } from './web-push.ts';

/** Our own app, a page that this server gives to the phone's browser. */
export interface AppOptions {
  /** Made once by `newVapidKey` and kept: it names this server to the push services of browsers. */
  readonly vapidKey: Secret;
  /** Whom a push service may write to, `mailto:…` or `https://…`. */
  readonly contact: string;
  /** How long a new phone may take; default one hour. */
  readonly enrolmentTtlSeconds?: number;
  /** Lets subscriptions lead to private addresses and plain http. For tests: phones choose these addresses. */
  readonly mayPushToPrivate?: boolean;
}

const PROTOCOL = 'app';
const MAX_PROMPT_CHARACTERS = 32;
const MAX_CREDENTIAL_CHARACTERS = 64;
// The newest of these is what the user has just asked for; more would only hide it.
const MAX_SHOWN = 10;

/**
 * Phones with our app. What they sign (ECDSA, P-256, SHA-256), joined by `|`: `enrol`, serial, credential; `poll`,
 * serial, timestamp; `subscribe`, serial, timestamp, endpoint, p256dh, auth; `answer`, prompt, serial, kind, choice
 * (empty where there is none).
 */
export class AppChannel implements PushChannel {
  readonly protocol = PROTOCOL;
  readonly callbacks: readonly Callback[];
  readonly #options: AppOptions;
  readonly #deps: PushChannelsDeps;
  readonly #pending: PendingPrompts<undefined>;
  readonly #fresh: FreshRequests;
  readonly #wake: SendWakeUp;

  /** Throws an `Error` when the key for Web Push is none. */
  constructor(options: AppOptions, deps: PushChannelsDeps) {
    const { vapidKey, contact, mayPushToPrivate = false } = options;
    this.#options = options;
    this.#deps = deps;
    this.#pending = new PendingPrompts(deps.clock);
    this.#fresh = new FreshRequests(deps.clock);
    this.#wake = createWebPush({ vapidKey, contact, mayBePrivate: mayPushToPrivate }, deps.clock);
    this.callbacks = this.#endPoints(readVapidKey(vapidKey).publicKey);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#pending.clear();
    return Promise.resolve();
  }

  enrol(serial: string): PushEnrolment {
    const { clock, random, publicUrl } = this.#deps;
    const credential = random.octets(CREDENTIAL_OCTETS).toString('base64url');
    const kept = keepCredential(credential, clock, this.#options.enrolmentTtlSeconds);
    // Behind the `#` it stays in the phone: no server or proxy has it in its log.
    return { uri: `${publicUrl}/app#e=${serial}.${credential}`, data: keepData({ state: 'pending', ...kept }) };
  }

  async send(prompt: PushPrompt, signal: AbortSignal): Promise<Delivery> {
    const ready = readyData(prompt, signal);
    if (ready.kind !== 'ready') return ready;
    const isAgain = this.#pending.again(prompt) !== undefined;
    if (!isAgain && !this.#pending.add(prompt, undefined)) return { kind: 'failed', problem: 'the prompt cannot wait' };
    const delivery = await this.#wakePhone(prompt, ready.data, signal);
    if (delivery.kind !== 'sent' && !isAgain) this.#pending.remove(prompt.id);
    return delivery;
  }

  withdraw(promptId: string): void {
    this.#pending.withdraw(promptId);
  }

  async #wakePhone(prompt: PushPrompt, data: Fields, signal: AbortSignal): Promise<Delivery> {
    const subscription = keptSubscription(data);
    // Without one the phone asks by itself, while the app is open.
    if (subscription === undefined) return { kind: 'sent' };
    const ttlSeconds = Math.ceil((prompt.expiresAtMs - this.#deps.clock.nowMs()) / 1_000);
    const result = await this.#wake(subscription, { promptId: prompt.id, ttlSeconds }, signal);
    if (result.kind !== 'gone') return result;
    const { serial, data: before } = prompt.device;
    await this.#deps.devices.update(serial, before, keepData({ ...data, subscription: undefined }));
    this.#deps.logger.info({ serial }, 'the phone takes no Web Push messages any more: its app has to be opened');
    return { kind: 'sent' };
  }

  #endPoints(vapidPublicKey: string): readonly Callback[] {
    const common = { protocol: PROTOCOL, refusal: { error: 'refused' }, logger: this.#deps.logger } as const;
    const post = (path: string, handle: (fields: Fields) => Outcome | Promise<Outcome>): Callback =>
      endPoint(common, { method: 'POST', path }, ({ body }) => {
        const fields = jsonFields(body);
        return fields === undefined ? refused('no JSON object') : handle(fields);
      });
    return [
      endPoint(common, { method: 'GET', path: 'key' }, () => done({ publicKey: vapidPublicKey })),
      post('enrol', (fields) => this.#enrolPhone(fields)),
      post('poll', (fields) => this.#poll(fields)),
      post('subscribe', (fields) => this.#subscribe(fields)),
      post('answer', (fields) => this.#answer(fields)),
    ];
  }

  async #enrolPhone(fields: Fields): Promise<Outcome> {
    const known = this.#find(fields, 'pending');
    const credential = textField(fields, 'credential', MAX_CREDENTIAL_CHARACTERS) ?? '';
    if (known === undefined || !isCredential(credential, known.data, this.#deps.clock)) return refused('credential');
    const { serial, data: before } = known.device;
    const key = readP256Key(fields['publicKey']);
    if (key === undefined) return refused('the key is not one for ECDSA over P-256');
    if (!isSignedByP256(key, `enrol|${serial}|${credential}`, signatureOf(fields))) return refused('signature');
    const subscription = this.#subscription(fields);
    if (subscription === undefined && !isAbsent(fields, 'subscription')) return refused('subscription');
    const after = keepData({ state: 'active', key: spkiText(key), subscription });
    const isKept = await this.#deps.devices.update(serial, before, after, { activate: true });
    return isKept ? done({ status: 'enrolled' }) : refused('the token was changed meanwhile');
  }

  #poll(fields: Fields): Outcome {
    const known = this.#signedNow('poll', fields);
    if (known === undefined) return refused('not signed by that phone, or not now');
    const waiting = this.#pending.ofDevice(known.device.serial).slice(-MAX_SHOWN);
    return done({ prompts: waiting.map((one) => ({ ...one.prompt, secondsLeft: this.#pending.secondsLeft(one) })) });
  }

  async #subscribe(fields: Fields): Promise<Outcome> {
    const subscription = this.#subscription(fields);
    if (subscription === undefined) return refused('subscription');
    const { endpoint, p256dh, auth } = subscription;
    const known = this.#signedNow('subscribe', fields, [endpoint, p256dh, auth]);
    if (known === undefined) return refused('not signed by that phone, or not now');
    const { serial, data } = known.device;
    const isKept = await this.#deps.devices.update(serial, data, keepData({ ...known.data, subscription }));
    return isKept ? done({ status: 'subscribed' }) : refused('the token was changed meanwhile');
  }

  #answer(fields: Fields): Outcome {
    const known = this.#find(fields, 'active');
    const waiting = this.#pending.answerable(textField(fields, 'prompt', MAX_PROMPT_CHARACTERS) ?? '');
    if (known === undefined || waiting?.serial !== known.device.serial) return refused('no such prompt of that phone');
    const { id } = waiting.prompt;
    const said = readAnswer(fields, waiting.prompt);
    if (said === undefined) return refused('no answer to that prompt');
    const choice = said.kind === 'approved' ? (said.choice ?? '') : '';
    if (!isSignedBy(known, ['answer', id, waiting.serial, said.kind, choice], fields)) return refused('signature');
    const receipt = this.#pending.take(waiting, said, this.#deps.events);
    return receipt.kind === 'late' ? refused('late') : done({ status: 'taken', code: receipt.code });
  }

  /** The phone that has signed its serial and the time, with more behind them; each time is good once. */
  #signedNow(verb: string, fields: Fields, more: readonly string[] = []): KnownDevice | undefined {
    const known = this.#find(fields, 'active');
    const timestamp = numberField(fields, 'timestamp');
    if (known === undefined || timestamp === undefined) return undefined;
    const { serial } = known.device;
    const isGenuine = isSignedBy(known, [verb, serial, timestamp, ...more], fields);
    return isGenuine && this.#fresh.spend(serial, timestamp) ? known : undefined;
  }

  #find(fields: Fields, state: DeviceState): KnownDevice | undefined {
    const serial = textField(fields, 'serial', MAX_SERIAL_CHARACTERS);
    return findDevice(this.#deps.devices, { serial, protocol: PROTOCOL, state });
  }

  #subscription(fields: Fields): Subscription | undefined {
    return readSubscription(fields['subscription'], this.#options.mayPushToPrivate === true);
  }
}
