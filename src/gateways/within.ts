import type { Clock } from '../lib/clock.ts';

/** How long somebody waits. */
export interface Patience {
  readonly clock: Clock;
  readonly ms: number;
  /** Whoever asked has given up. */
  readonly signal?: AbortSignal | undefined;
  /** What the error says when time is over. */
  readonly problem: string;
}

/** The promise's value; rejects when it takes too long or nobody waits for it any more. The work itself goes on. */
export function within<T>(promise: Promise<T>, { clock, ms, signal, problem }: Patience): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (reason: string) => reject(new Error(reason));
    const timer = clock.setTimer(ms, () => giveUp(problem));
    const aborted = () => giveUp('nobody waits for it any more');
    if (signal?.aborted === true) aborted();
    signal?.addEventListener('abort', aborted, { once: true });
    void promise.then(resolve, reject).finally(() => {
      timer.cancel();
      signal?.removeEventListener('abort', aborted);
    });
  });
}

/** The sentence of an error that was expected. */
export function problemOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(problemOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
