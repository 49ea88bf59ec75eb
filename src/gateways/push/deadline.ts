import type { Clock } from '../../lib/clock.ts';

/** How long a push service or an ntfy server may take. */
export const GATEWAY_TIMEOUT_MS = 10_000;

/** Runs something that can be called off, by the caller's signal or because it takes too long on the given clock. */
export async function withDeadline<T>(
  clock: Clock,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = clock.setTimer(GATEWAY_TIMEOUT_MS, () => late.abort(new Error('it took too long')));
  try {
    return await run(AbortSignal.any([signal, late.signal]));
  } finally {
    timer.cancel();
  }
}

/** Why something failed, as a few words without addresses or contents. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  const cause = error.cause instanceof Error ? error.cause : error;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
