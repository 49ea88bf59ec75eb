import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { PushAnswer } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';

/** A question as the phone shows it. */
export interface ShownPrompt {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly client: string;
  readonly address?: string;
  readonly choices?: readonly string[];
  readonly secondsLeft: number;
}

/** What the server has answered. */
export interface PhoneReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the phone needs besides the address it was given. */
export interface DemoPhoneOptions {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** As a browser gives it; without it the phone has to ask. */
  readonly subscription?: object;
}

/** A phone with our push app, without its screens: it keeps its key in memory and signs as the app does. */
export class DemoPhone {
  readonly serial: string;
  readonly #baseUrl: string;
  readonly #credential: string;
  readonly #options: DemoPhoneOptions;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  #lastMs = 0;

  /** `uri` is the address of an enrolment, `https://…/app#e=SERIAL.CREDENTIAL`. Throws an `Error` for another. */
  constructor(uri: string, options: DemoPhoneOptions) {
    const match = /^(.+)\/app#e=([^.]+)\.(.+)$/.exec(uri);
    if (match === null) throw new Error('that is not the address of an enrolment');
    const [, baseUrl = '', serial = '', credential = ''] = match;
    this.serial = serial;
    this.#baseUrl = baseUrl;
    this.#credential = credential;
    this.#options = options;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  /** Gives the server the phone's key, and proves that it has it. */
  enrol(): Promise<PhoneReply> {
    const credential = this.#credential;
    return this.post('enrol', {
      serial: this.serial,
      credential,
      publicKey: this.#publicKey.export({ format: 'jwk' }),
      subscription: this.#options.subscription,
      signature: this.sign('enrol', this.serial, credential),
    });
  }

  /** What waits for an answer. Throws an `Error` when the server refuses. */
  async prompts(): Promise<readonly ShownPrompt[]> {
    // The server takes each time once.
    this.#lastMs = Math.max(this.#options.clock.nowMs(), this.#lastMs + 1);
    const { status, body } = await this.post('poll', this.signedNow('poll', this.#lastMs));
    if (status !== 200) throw new Error('the server refused to tell the phone what waits');
    return body['prompts'] as readonly ShownPrompt[];
  }

  /** Answers; `code` in the reply is what the phone then shows. */
  answer(promptId: string, answer: PushAnswer): Promise<PhoneReply> {
    return this.post('answer', this.answerFields(promptId, answer));
  }

  /** The fields of an answer, signed. */
  answerFields(promptId: string, answer: PushAnswer): object {
    const choice = answer.kind === 'approved' ? (answer.choice ?? '') : '';
    const signature = this.sign('answer', promptId, this.serial, answer.kind, choice);
    return { prompt: promptId, serial: this.serial, ...answer, signature };
  }

  /** The fields of a request that is good at one time, signed. */
  signedNow(verb: string, timestamp: number, ...more: string[]): object {
    return { serial: this.serial, timestamp, signature: this.sign(verb, this.serial, timestamp, ...more) };
  }

  /** Signs the parts, as a browser does (r and s, base64url). */
  sign(...parts: (string | number)[]): string {
    const key = { key: this.#privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return sign('sha256', Buffer.from(parts.join('|')), key).toString('base64url');
  }

  /** Sends fields to an end point of the app. */
  async post(path: string, fields: object): Promise<PhoneReply> {
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify(fields) };
    const response = await fetch(`${this.#baseUrl}/push/app/${path}`, request);
    return { status: response.status, body: (await response.json()) as PhoneReply['body'] };
  }
}
