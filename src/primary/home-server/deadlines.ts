import type { Clock, Timer } from '../../lib/clock.ts';

/** Deadlines are met to the tick: never early, at most one tick late. */
export const TICK_MS = 50;

const SLOTS = 512;

/** `dueTick` of an entry without a deadline. */
export const NOT_SET = -1;

/** What can have one deadline. The fields but `expired` belong to `Deadlines`. */
export interface Expiring {
  dueTick: number;
  before: Expiring | undefined;
  after: Expiring | undefined;
  /** The deadline has passed; it may set a new one. */
  expired(nowMs: number): void;
}

/**
 * Many deadlines on one timer: a wheel of `SLOTS` lists, turned by one tick each `TICK_MS` while anything waits.
 * Setting and clearing cost a few assignments; a timer per question would cost more than the question's cryptography.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #slots: (Expiring | undefined)[] = new Array<Expiring | undefined>(SLOTS).fill(undefined);
  #count = 0;
  #turnedTick = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sets or moves the deadline, in the clock's monotonic milliseconds. */
  set(entry: Expiring, dueMs: number): void {
    this.clear(entry);
    if (this.#timer === undefined) this.#arm(Math.floor(this.#clock.monotonicMs() / TICK_MS));
    entry.dueTick = Math.max(Math.ceil(dueMs / TICK_MS), this.#turnedTick + 1);
    const slot = entry.dueTick % SLOTS;
    const head = this.#slots[slot];
    entry.after = head;
    if (head !== undefined) head.before = entry;
    this.#slots[slot] = entry;
    this.#count += 1;
  }

  /** Takes the deadline away; harmless when there is none. */
  clear(entry: Expiring): void {
    if (entry.dueTick === NOT_SET) return;
    if (entry.before === undefined) this.#slots[entry.dueTick % SLOTS] = entry.after;
    else entry.before.after = entry.after;
    if (entry.after !== undefined) entry.after.before = entry.before;
    entry.before = undefined;
    entry.after = undefined;
    entry.dueTick = NOT_SET;
    this.#count -= 1;
  }

  /** Stops the timer; every deadline is taken away. */
  stop(): void {
    this.#disarm();
    for (let slot = 0; slot < SLOTS; slot += 1) {
      for (let entry = this.#slots[slot]; entry !== undefined; entry = this.#slots[slot]) this.clear(entry);
    }
  }

  #arm(turnedTick: number): void {
    this.#turnedTick = turnedTick;
    this.#timer = this.#clock.setTimer(TICK_MS, () => this.#turn());
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #turn(): void {
    const nowMs = this.#clock.monotonicMs();
    const nowTick = Math.floor(nowMs / TICK_MS);
    const due: Expiring[] = [];
    for (let tick = Math.max(this.#turnedTick + 1, nowTick - SLOTS + 1); tick <= nowTick; tick += 1) {
      for (let entry = this.#slots[tick % SLOTS]; entry !== undefined; entry = entry.after) {
        if (entry.dueTick <= nowTick) due.push(entry);
      }
    }
    this.#arm(nowTick);
    this.#expire(due, nowTick, nowMs);
    if (this.#count === 0) this.#disarm();
  }

  // What one entry does may clear or move another.
  #expire(due: readonly Expiring[], nowTick: number, nowMs: number): void {
    for (const entry of due) {
      if (entry.dueTick === NOT_SET || entry.dueTick > nowTick) continue;
      this.clear(entry);
      entry.expired(nowMs);
    }
  }
}
