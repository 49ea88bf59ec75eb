/** Bounds of a work queue. */
export interface WorkQueueOptions {
  /** Pieces of work done at the same time. */
  readonly maxRunning: number;
  /** Pieces of work that may wait; more are refused. */
  readonly maxWaiting: number;
}

/** How a piece of work ended: done, refused because too much waits already, or stopped before it could end. */
export type WorkOutcome<Value> =
  { readonly kind: 'done'; readonly value: Value } | { readonly kind: 'full' } | { readonly kind: 'stopped' };

/** Does heavy work a few pieces at a time, in order, and refuses rather than pile up. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting: ((isGranted: boolean) => void)[] = [];
  #running = 0;
  #isOpen = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Takes work. */
  start(): void {
    this.#isOpen = true;
  }

  /** Ends everything that runs or waits as `stopped`; what runs goes on unheard. */
  stop(): void {
    this.#isOpen = false;
    for (const decide of this.#waiting.splice(0)) decide(false);
  }

  /** Does the work when its turn comes; rejects only when the work itself does. */
  async run<Value>(work: () => Promise<Value>): Promise<WorkOutcome<Value>> {
    if (!this.#isOpen) return { kind: 'stopped' };
    if (this.#running < this.#options.maxRunning) {
      this.#running += 1;
    } else {
      if (this.#waiting.length >= this.#options.maxWaiting) return { kind: 'full' };
      const isGranted = await new Promise<boolean>((resolve) => this.#waiting.push(resolve));
      if (!isGranted) return { kind: 'stopped' };
    }
    return this.#runInSlot(work);
  }

  async #runInSlot<Value>(work: () => Promise<Value>): Promise<WorkOutcome<Value>> {
    try {
      const value = await work();
      return this.#isOpen ? { kind: 'done', value } : { kind: 'stopped' };
    } finally {
      this.#passSlot();
    }
  }

  // The slot goes to the next in line directly: nobody who comes meanwhile can take it.
  #passSlot(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next(true);
  }
}
