import type { CallOptions } from '../../src/access/index.ts';
import type { OpenFactors } from '../../src/challenge/index.ts';
import type {
  CallDialog,
  CallOrder,
  Desk,
  DeskResult,
  PushAnswer,
  PushPrompt,
  PushReceipt,
  TextOrder,
} from '../../src/factors/index.ts';

/** A desk that delivers to nobody and remembers what it was given. */
export class FakeDesk implements Desk {
  readonly texts: TextOrder[] = [];
  readonly calls: CallOrder[] = [];
  readonly prompts: PushPrompt[] = [];
  readonly withdrawn: string[] = [];
  readonly dialogs: CallOptions[] = [];
  /** What becomes of the next orders; `sent` by default. */
  outcome: DeskResult = { kind: 'sent', id: 'delivery-1', gateway: 'fake' };
  readonly #open: OpenFactors;
  readonly #rung = Promise.withResolvers<undefined>();

  constructor(open: OpenFactors) {
    this.#open = open;
    open.onClosed(({ id }) => this.withdrawn.push(id));
  }

  sendText(order: TextOrder): Promise<DeskResult> {
    this.texts.push(order);
    return Promise.resolve(this.outcome);
  }

  placeCall(order: CallOrder): Promise<DeskResult> {
    this.calls.push(order);
    return Promise.resolve(this.outcome);
  }

  push(prompt: PushPrompt): Promise<DeskResult> {
    this.prompts.push(prompt);
    this.#rung.resolve(undefined);
    return Promise.resolve(this.outcome);
  }

  /** Resolves once there is a prompt. */
  prompted(): Promise<unknown> {
    return this.#rung.promise;
  }

  withdrawPush(prompt: PushPrompt): void {
    this.withdrawn.push(prompt.id);
  }

  /** The dialog of a call: nobody answers it; `dialogs` tells how it is to end. */
  dialog(options: CallOptions): CallDialog {
    this.dialogs.push(options);
    return {
      answered: () => ({ say: [] }),
      pressed: () => Promise.resolve({ say: [] }),
      ended: () => undefined,
    };
  }

  /** The passcode in the last text. */
  lastPasscode(): string {
    return /\d{6}/.exec(this.texts.at(-1)?.text ?? '')?.[0] ?? '';
  }

  /** The phone answers the last prompt. */
  tap(answer: PushAnswer): PushReceipt {
    return this.#open.answered(this.prompts.at(-1)?.id ?? '', answer);
  }
}
