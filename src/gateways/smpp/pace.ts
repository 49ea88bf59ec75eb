import type { Session } from 'smpp';
import type { Clock, Timer } from '../../lib/clock.ts';

/** More than any SMSC has to say to us; logins go on beside it. */
const MAX_IN_ONE_SECOND = 1_000;

/** Reads from a session so fast and no faster: the rest waits on the SMSC's side of the line. */
export class Pace {
  readonly #clock: Clock;
  readonly #session: Session;
  #beganMs: number;
  #count = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, session: Session) {
    this.#clock = clock;
    this.#session = session;
    this.#beganMs = clock.monotonicMs();
  }

  /** One more has come. */
  count(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#beganMs >= 1_000) this.#begin(nowMs);
    this.#count += 1;
    if (this.#count !== MAX_IN_ONE_SECOND) return;
    this.#session.pause();
    this.#timer = this.#clock.setTimer(this.#beganMs + 1_000 - nowMs, () => {
      this.#begin(this.#clock.monotonicMs());
      this.#session.resume();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #begin(nowMs: number): void {
    this.#beganMs = nowMs;
    this.#count = 0;
  }
}
