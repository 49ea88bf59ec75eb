import { DemoPhone, type DemoPhoneOptions, type PhoneReply } from '../../../src/cli/demo-phone.ts';
import type { PushAnswer } from '../../../src/factors/index.ts';
import type { Phone, PhonePrompt, PhoneResult } from './phone.ts';

/** A phone with our own app. */
export class AppPhone implements Phone {
  /** For requests that are not what the app would send. */
  readonly phone: DemoPhone;
  #last: object = {};

  /** `uri` is the address of its enrolment. */
  constructor(uri: string, options: DemoPhoneOptions) {
    this.phone = new DemoPhone(uri, options);
  }

  async enrol(): Promise<PhoneResult> {
    return resultOf(await this.phone.enrol());
  }

  async prompts(): Promise<readonly PhonePrompt[]> {
    const prompts = await this.phone.prompts();
    return prompts.map(({ id, title, body, choices }) => ({
      name: id,
      title,
      body,
      ...(choices === undefined ? {} : { choices }),
    }));
  }

  answer({ name }: PhonePrompt, answer: PushAnswer): Promise<PhoneResult> {
    this.#last = this.phone.answerFields(name, answer);
    return this.replay();
  }

  async forge({ name }: PhonePrompt, answer: PushAnswer): Promise<PhoneResult> {
    const signature = this.phone.sign('answer', name, this.phone.serial, answer.kind, 'something else');
    return resultOf(await this.phone.post('answer', { ...this.phone.answerFields(name, answer), signature }));
  }

  async replay(): Promise<PhoneResult> {
    return resultOf(await this.phone.post('answer', this.#last));
  }

  async pollAt(atMs: number): Promise<PhoneResult> {
    return resultOf(await this.phone.post('poll', this.phone.signedNow('poll', atMs)));
  }
}

function resultOf({ status, body }: PhoneReply): PhoneResult {
  const { code } = body;
  return {
    isTaken: status === 200,
    text: `${status} ${JSON.stringify(body)}`,
    ...(typeof code === 'string' ? { code } : {}),
  };
}
