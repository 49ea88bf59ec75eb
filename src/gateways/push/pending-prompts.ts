import type { PushAnswer, PushEvents, PushPrompt, PushReceipt } from '../../factors/index.ts';
import { createBoundedCache, type BoundedCache } from '../../lib/bounded-cache.ts';
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

// Who finds somebody else's login on the phone often looks after the NAS has given up.
const REPORT_MS = 120_000;
const MAX_OVER = 4_096;
const LATE: PushReceipt = { kind: 'late' };

/**
 * The prompts that wait, each until it is answered, withdrawn or out of time. For two minutes more its phone may still report
 * that the login was somebody else's.
 */
export class PendingPrompts<Extra> {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #byId = new Map<string, Waiting<Extra>>();
  readonly #bySerial = new Map<string, readonly Waiting<Extra>[]>();
  readonly #over: BoundedCache<string, Waiting<Extra>>;
  #timer: Timer | undefined;

  constructor(clock: Clock, capacity = MAX_PENDING) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#over = createBoundedCache({ maxEntries: MAX_OVER, lifetime: { ms: REPORT_MS, clock } });
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

  /** The prompt of that name, while there is time for an answer, or for a report at least. */
  answerable(id: string): Waiting<Extra> | undefined {
    return this.#byId.get(id) ?? this.#over.get(id);
  }

  /** The same of one phone. */
  answerableOf(serial: string): readonly Waiting<Extra>[] {
    const over = [...this.#over.values()].filter((waiting) => waiting.serial === serial);
    return [...this.#ofSerial(serial), ...over];
  }

  /** Hands on what the phone has said, which has to be genuine: once for each prompt, and after its end only a report. */
  take(waiting: Waiting<Extra>, answer: PushAnswer, events: PushEvents): PushReceipt {
    const { id } = waiting.prompt;
    const isOver = this.#byId.get(id) !== waiting || !this.#isInTime(waiting);
    if (isOver && answer.kind !== 'fraud-reported') return LATE;
    if (!this.remove(id) && !this.#over.delete(id)) return LATE;
    return events.answered(id, answer);
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

  /** The question is over: nothing is shown of it any more. */
  withdraw(id: string): void {
    const waiting = this.#byId.get(id);
    if (waiting === undefined) return;
    this.remove(id);
    this.#over.set(id, waiting);
  }

  /** Forgets everything. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#byId.clear();
    this.#bySerial.clear();
    this.#over.clear();
  }

  /** How many wait, expired ones included until they are swept. */
  get size(): number {
    return this.#byId.size;
  }

  readonly #sweepAgain = (): void => {
    this.#sweep();
    this.#timer = this.#byId.size === 0 ? undefined : this.#clock.setTimer(SWEEP_MS, this.#sweepAgain);
  };

  #sweep(): void {
    for (const [id, waiting] of this.#byId) if (!this.#isInTime(waiting)) this.withdraw(id);
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
