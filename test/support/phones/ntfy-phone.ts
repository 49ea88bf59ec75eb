import type { PushAnswer } from '../../../src/factors/index.ts';
import type { NtfyButton, NtfyNotification } from './fake-ntfy.ts';
import type { Phone, PhonePrompt, PhoneResult } from './phone.ts';

/** Words of a button for each answer. */
const LABELS: Readonly<Record<PushAnswer['kind'], RegExp>> = {
  approved: /^Approve$/,
  denied: /^Deny$/,
  'fraud-reported': /report/,
};

/** A phone with the ntfy app that has subscribed to one topic. */
export class NtfyPhone implements Phone {
  readonly #topicUrl: string;
  #last: NtfyButton | undefined;

  /** `uri` is the address of its enrolment, `ntfy://…`. */
  constructor(uri: string) {
    const { host, pathname, searchParams } = new URL(uri);
    this.#topicUrl = `${searchParams.get('secure') === 'false' ? 'http' : 'https'}://${host}${pathname}`;
  }

  /** Taps the button of the first message. */
  async enrol(): Promise<PhoneResult> {
    const [first] = await this.notifications();
    const button = first?.actions[0];
    return button === undefined ? { isTaken: false, text: 'no message' } : tap(button);
  }

  async prompts(): Promise<readonly PhonePrompt[]> {
    const shown = (await this.notifications()).filter(({ actions }) => actions.length > 1);
    return shown.map(({ title, message, actions }) => {
      const choices = actions.map(({ label }) => label).filter((label) => /^\d+$/.test(label));
      const { prompt } = JSON.parse(actions[0]?.body ?? '{}') as { prompt: string };
      return { name: prompt, title, body: message, ...(choices.length > 0 ? { choices } : {}) };
    });
  }

  async answer(prompt: PhonePrompt, answer: PushAnswer): Promise<PhoneResult> {
    this.#last = await this.#button(prompt, answer);
    return this.replay();
  }

  /** Takes the secret of another button. */
  async forge(prompt: PhonePrompt, answer: PushAnswer): Promise<PhoneResult> {
    const [first, second] = await this.#buttons(prompt);
    const wanted = await this.#button(prompt, answer);
    const other = first?.label === wanted.label ? second : first;
    const { secret } = JSON.parse(other?.body ?? '{}') as { secret: string };
    return tap({ ...wanted, body: JSON.stringify({ ...(JSON.parse(wanted.body) as object), secret }) });
  }

  async replay(): Promise<PhoneResult> {
    return this.#last === undefined ? { isTaken: false, text: 'nothing was sent' } : tap(this.#last);
  }

  /** Everything in the topic. */
  async notifications(): Promise<readonly NtfyNotification[]> {
    const text = await (await fetch(`${this.#topicUrl}/json?poll=1`)).text();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as NtfyNotification);
  }

  async #buttons({ name }: PhonePrompt): Promise<readonly NtfyButton[]> {
    const found = (await this.notifications()).find(({ actions }) => actions[0]?.body.includes(name));
    return found?.actions ?? [];
  }

  async #button(prompt: PhonePrompt, answer: PushAnswer): Promise<NtfyButton> {
    const choice = answer.kind === 'approved' ? answer.choice : undefined;
    const isWanted = ({ label }: NtfyButton): boolean =>
      choice === undefined ? LABELS[answer.kind].test(label) : label === choice;
    const buttons = await this.#buttons(prompt);
    const button = buttons.find(isWanted);
    if (button !== undefined) return button;
    // Not on this phone: as if it had been sent from elsewhere.
    const [any] = buttons;
    if (any === undefined) throw new Error('the phone shows no such prompt');
    const { prompt: id, serial, secret } = JSON.parse(any.body) as Record<string, string>;
    return { ...any, body: JSON.stringify({ prompt: id, serial, secret, ...answer }) };
  }
}

async function tap({ url, method, headers, body }: NtfyButton): Promise<PhoneResult> {
  const response = await fetch(url, { method, headers, body });
  return { isTaken: response.ok, text: `${response.status} ${await response.text()}` };
}
