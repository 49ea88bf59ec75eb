import type { Delivery } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';

/**
 * One attempt within its time: a gateway that does not answer is told to stop and not waited for. What it throws counts
 * as failed: that is a mistake of ours, and another gateway may do better.
 */
export async function attemptWithin(
  seconds: number,
  clock: Clock,
  attempt: (signal: AbortSignal) => Promise<Delivery>,
): Promise<Delivery> {
  const controller = new AbortController();
  const late = Promise.withResolvers<Delivery>();
  const timer = clock.setTimer(seconds * 1000, () => {
    controller.abort();
    late.resolve({ kind: 'failed', problem: `no answer within ${seconds} s` });
  });
  try {
    return await Promise.race([attempt(controller.signal), late.promise]);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown error';
    return { kind: 'failed', problem: `it broke (${name})` };
  } finally {
    timer.cancel();
  }
}
