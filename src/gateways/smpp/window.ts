/** Waiting beyond that many is pointless: they would be out of time. */
const MAX_WAITING = 1_000;

/** So many requests may be open at once; others wait for their turn. */
export class Window {
  readonly #size: number;
  readonly #waiting: (() => void)[] = [];
  #used = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Runs `work` in its turn; `isWanted` is asked when that comes. Rejects at once when too many wait. */
  async run<T>(work: () => Promise<T>, isWanted: () => boolean): Promise<T> {
    if (this.#used >= this.#size) await this.#turn();
    else this.#used += 1;
    try {
      if (!isWanted()) throw new Error('nobody waits for it any more');
      return await work();
    } finally {
      this.#release();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(new Error('too many messages wait for their turn'));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  // The place goes to the next one as it is.
  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#used -= 1;
    else next();
  }
}
