import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Callback, Delivery, PushAnswer, PushChannel, PushEnrolment, PushPrompt } from '../../factors/index.ts';
import type { Secret } from '../../lib/secret.ts';
import { readAnswer } from './app-requests.ts';
import { CREDENTIAL_OCTETS, isCredential, keepCredential } from './credential.ts';
import type { PushChannelsDeps } from './deps.ts';
import { findDevice, keepData, MAX_SERIAL_CHARACTERS, readyData } from './device-data.ts';
import { done, endPoint, refused, type Outcome } from './end-point.ts';
import { jsonFields, textField, type Fields } from './fields.ts';
import { createNtfyPublisher, type NtfyAction, type NtfyMessage } from './ntfy-publisher.ts';
import { PendingPrompts } from './pending-prompts.ts';

/** Words on the buttons and in the first message, in the language of the users. */
export interface NtfyLabels {
  readonly approve: string;
  readonly deny: string;
  readonly report: string;
  readonly activateTitle: string;
  readonly activateBody: string;
  readonly activate: string;
}

/** Phones with the ntfy app, by a server of ntfy. */
export interface NtfyOptions {
  /** Address of the ntfy server, `https://ntfy.example.com`; phones use the same one. */
  readonly server: string;
  /** An access token that may write to topics beginning with `sallyport-`, where the server asks for one. */
  readonly accessToken?: Secret;
  /** How long a new phone may take; default one hour. */
  readonly enrolmentTtlSeconds?: number;
  /** Default English. */
  readonly labels?: NtfyLabels;
}

const PROTOCOL = 'ntfy';
const TOPIC_OCTETS = 20;
const PROMPT_KEY_OCTETS = 16;
const MAX_FIELD_CHARACTERS = 64;
// ntfy shows no more than three buttons.
const MAX_BUTTONS = 3;

const ENGLISH: NtfyLabels = {
  approve: 'Approve',
  deny: 'Deny',
  report: 'Not me: report',
  activateTitle: 'Is this your phone?',
  activateBody: 'Tap the button to use this phone for your logins.',
  activate: 'Yes, use it',
};

/**
 * Phones with the ntfy app. It signs nothing: each button carries a secret of its own, made from a key that lives and
 * dies with the prompt. So whoever reads the topic can answer; its name is the secret that keeps others out.
 */
export class NtfyChannel implements PushChannel {
  readonly protocol = PROTOCOL;
  readonly callbacks: readonly Callback[];
  readonly #options: NtfyOptions;
  readonly #labels: NtfyLabels;
  readonly #deps: PushChannelsDeps;
  readonly #pending: PendingPrompts<string>;
  readonly #publish: (message: NtfyMessage, signal: AbortSignal) => Promise<Delivery>;
  readonly #greetings = new Set<Promise<Delivery>>();
  readonly #stopping = new AbortController();

  constructor(options: NtfyOptions, deps: PushChannelsDeps) {
    this.#options = options;
    this.#labels = options.labels ?? ENGLISH;
    this.#deps = deps;
    this.#pending = new PendingPrompts(deps.clock);
    this.#publish = createNtfyPublisher(options, deps);
    const common = { protocol: PROTOCOL, refusal: { error: 'refused' }, logger: deps.logger } as const;
    this.callbacks = [
      endPoint(common, { method: 'POST', path: 'activate' }, ({ body }) => this.#activate(jsonFields(body) ?? {})),
      endPoint(common, { method: 'POST', path: 'answer' }, ({ body }) => this.#answer(jsonFields(body) ?? {})),
    ];
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#pending.clear();
    this.#stopping.abort(new Error('the server stops'));
    await Promise.all(this.#greetings);
  }

  /** Also puts the first message, with the button that activates the phone, into the topic: it waits there for the phone. */
  enrol(serial: string, account: string): PushEnrolment {
    const { clock, random } = this.#deps;
    const topic = `sallyport-${random.octets(TOPIC_OCTETS).toString('base64url')}`;
    const credential = random.octets(CREDENTIAL_OCTETS).toString('base64url');
    const data = keepData({
      state: 'pending',
      topic,
      ...keepCredential(credential, clock, this.#options.enrolmentTtlSeconds),
    });
    const greeting = this.#greet(topic, { serial, secret: credential }).finally(() => this.#greetings.delete(greeting));
    this.#greetings.add(greeting);
    const { host, protocol } = new URL(this.#options.server);
    const security = protocol === 'http:' ? '&secure=false' : '';
    return {
      uri: `ntfy://${host}/${topic}?display=${encodeURIComponent(account)}${security}`,
      webUri: `${protocol}//${host}/${topic}`,
      data,
      greeting,
    };
  }

  async send(prompt: PushPrompt, signal: AbortSignal): Promise<Delivery> {
    const ready = readyData(prompt, signal);
    if (ready.kind !== 'ready') return ready;
    const topic = textField(ready.data, 'topic', MAX_FIELD_CHARACTERS);
    if (topic === undefined) return { kind: 'refused', problem: 'the phone has no topic' };
    if ((prompt.choices?.length ?? 0) > MAX_BUTTONS)
      return { kind: 'refused', problem: 'ntfy shows three choices at most' };
    const before = this.#pending.again(prompt);
    // As text: small buffers share their memory with others and would hold it.
    const key = before?.extra ?? this.#deps.random.octets(PROMPT_KEY_OCTETS).toString('hex');
    if (before === undefined && !this.#pending.add(prompt, key))
      return { kind: 'failed', problem: 'the prompt cannot wait' };
    const { title, body } = prompt;
    const actions = this.#buttons({ ...prompt, ...before?.prompt }, key);
    const delivery = await this.#publish({ topic, title, message: body, actions }, signal);
    if (delivery.kind !== 'sent' && before === undefined) this.#pending.remove(prompt.id);
    return delivery;
  }

  withdraw(promptId: string): void {
    this.#pending.withdraw(promptId);
  }

  async #greet(topic: string, body: { readonly serial: string; readonly secret: string }): Promise<Delivery> {
    const { activateTitle, activateBody, activate } = this.#labels;
    const actions = [this.#button(activate, 'activate', body)];
    const message = { topic, title: activateTitle, message: activateBody, actions };
    const delivery = await this.#publish(message, this.#stopping.signal);
    if (delivery.kind === 'sent') return delivery;
    this.#deps.logger.warn(
      { serial: body.serial, problem: delivery.problem },
      'ntfy did not take the first message to a phone',
    );
    return delivery;
  }

  /** With numbers there is no room for the other buttons: any wrong number declines. */
  #buttons({ id, device, choices }: PushPrompt, key: string): readonly NtfyAction[] {
    const button = (label: string, answer: PushAnswer): NtfyAction =>
      this.#button(label, 'answer', { prompt: id, serial: device.serial, ...answer, secret: secretOf(key, answer) });
    if (choices !== undefined) return choices.map((choice) => button(choice, { kind: 'approved', choice }));
    const { approve, deny, report } = this.#labels;
    return [
      button(approve, { kind: 'approved' }),
      button(deny, { kind: 'denied' }),
      button(report, { kind: 'fraud-reported' }),
    ];
  }

  #button(label: string, path: string, body: object): NtfyAction {
    const url = `${this.#deps.publicUrl}/push/${PROTOCOL}/${path}`;
    const headers = { 'content-type': 'application/json' };
    return { action: 'http', label, url, method: 'POST', headers, body: JSON.stringify(body), clear: true };
  }

  async #activate(fields: Fields): Promise<Outcome> {
    const { devices, clock } = this.#deps;
    const serial = textField(fields, 'serial', MAX_SERIAL_CHARACTERS);
    const secret = textField(fields, 'secret', MAX_FIELD_CHARACTERS) ?? '';
    const known = findDevice(devices, { serial, protocol: PROTOCOL, state: 'pending' });
    if (known === undefined || !isCredential(secret, known.data, clock)) return refused('credential');
    const after = keepData({ state: 'active', topic: known.data['topic'] });
    const isKept = await devices.update(known.device.serial, known.device.data, after, { activate: true });
    return isKept ? done({ status: 'enrolled' }) : refused('the token was changed meanwhile');
  }

  #answer(fields: Fields): Outcome {
    const { devices, events } = this.#deps;
    const serial = textField(fields, 'serial', MAX_SERIAL_CHARACTERS);
    const known = findDevice(devices, { serial, protocol: PROTOCOL, state: 'active' });
    const waiting = this.#pending.answerable(textField(fields, 'prompt', MAX_FIELD_CHARACTERS) ?? '');
    if (known === undefined || waiting?.serial !== known.device.serial) return refused('no such prompt of that phone');
    const said = readAnswer(fields, waiting.prompt);
    const secret = textField(fields, 'secret', MAX_FIELD_CHARACTERS) ?? '';
    if (said === undefined || !isSame(secret, secretOf(waiting.extra, said))) return refused('secret');
    const receipt = this.#pending.take(waiting, said, events);
    return receipt.kind === 'late' ? refused('late') : done({ status: 'taken' });
  }
}

function secretOf(key: string, answer: PushAnswer): string {
  const choice = answer.kind === 'approved' ? (answer.choice ?? '') : '';
  return createHmac('sha256', key).update(`${answer.kind}|${choice}`).digest('base64url');
}

function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
