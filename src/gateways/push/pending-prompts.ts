import type { PushPrompt } from '../../factors/index.ts';
import type { Clock, Timer } from '../../lib/clock.ts';

/** What is shown of a prompt; the device and its keys are not kept here. */
export type WaitingPrompt = Omit<PushPrompt, 'device' | 'expiresAtMs'>;

/** A prompt that waits for its answer. */
export interface Waiting<Extra> {
  readonly prompt: WaitingPrompt;
  readonly serial: string;
  /** Monotonic. */
  readonly deadlineMs: number;
  /** What the protocol keeps for its answer. */
  readonly extra: Extra;
}

/** Most prompts that wait at a time, in one protocol; no phone is asked beyond that. */
export const MAX_PENDING = 100_000;

// An expired prompt is never given out, whenever it is swept; this only bounds how long its memory is held.
const SWEEP_MS = 5_000;

/** The prompts that wait, each until it is answered, withdrawn or out of time. */
export class PendingPrompts<Extra> {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #byId = new Map<string, Waiting<Extra>>();
  readonly #bySerial = new Map<string, readonly Waiting<Extra>[]>();
  #timer: Timer | undefined;

  constructor(clock: Clock, capacity = MAX_PENDING) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** False when it cannot wait: no room, out of time, or there already. */
  add(prompt: PushPrompt, extra: Extra): boolean {
    const leftMs = prompt.expiresAtMs - this.#clock.nowMs();
    if (leftMs <= 0 || this.#byId.has(prompt.id)) return false;
    if (this.#byId.size >= this.#capacity) this.#sweep();
    if (this.#byId.size >= this.#capacity) return false;
    const { serial } = prompt.device;
    const waiting = { prompt: shown(prompt), serial, deadlineMs: this.#clock.monotonicMs() + leftMs, extra };
    this.#byId.set(prompt.id, waiting);
    this.#bySerial.set(serial, this.#ofSerial(serial).concat(waiting));
    this.#timer ??= this.#clock.setTimer(SWEEP_MS, this.#sweepAgain);
    return true;
  }

  /** The same prompt to the same phone, where it waits already and is sent once more: that did not come, says its owner. */
  again({ id, device }: PushPrompt): Waiting<Extra> | undefined {
    const waiting = this.get(id);
    return waiting?.serial === device.serial ? waiting : undefined;
  }

  /** The prompt of that name, while there is time. */
  get(id: string): Waiting<Extra> | undefined {
    const waiting = this.#byId.get(id);
    return waiting !== undefined && this.#isInTime(waiting) ? waiting : undefined;
  }

  /** What waits for one phone, the oldest first. */
  ofDevice(serial: string): readonly Waiting<Extra>[] {
    return this.#ofSerial(serial).filter((waiting) => this.#isInTime(waiting));
  }

  /** Whole seconds until the prompt is out of time, at least one. */
  secondsLeft({ deadlineMs }: Waiting<Extra>): number {
    return Math.max(1, Math.ceil((deadlineMs - this.#clock.monotonicMs()) / 1_000));
  }

  /** Forgets it; false when it was not there. */
  remove(id: string): boolean {
    const waiting = this.#byId.get(id);
    if (waiting === undefined) return false;
    this.#byId.delete(id);
    const others = this.#ofSerial(waiting.serial).filter((one) => one !== waiting);
    if (others.length === 0) this.#bySerial.delete(waiting.serial);
    else this.#bySerial.set(waiting.serial, others);
    return true;
  }

  /** Forgets everything. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#byId.clear();
    this.#bySerial.clear();
  }

  /** How many are held, expired ones included until they are swept. */
  get size(): number {
    return this.#byId.size;
  }

  readonly #sweepAgain = (): void => {
    this.#sweep();
    this.#timer = this.#byId.size === 0 ? undefined : this.#clock.setTimer(SWEEP_MS, this.#sweepAgain);
  };

  #sweep(): void {
    for (const [id, waiting] of this.#byId) if (!this.#isInTime(waiting)) this.remove(id);
  }

  #ofSerial(serial: string): readonly Waiting<Extra>[] {
    return this.#bySerial.get(serial) ?? [];
  }

  #isInTime({ deadlineMs }: Waiting<Extra>): boolean {
    return this.#clock.monotonicMs() < deadlineMs;
  }
}

function shown({ id, title, body, client, address, choices }: PushPrompt): WaitingPrompt {
  return {
    id,
    title,
    body,
    client,
    ...(address === undefined ? {} : { address }),
    ...(choices === undefined ? {} : { choices }),
  };
}
