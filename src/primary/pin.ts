import { verifyPassword } from './password-hash.ts';
import { WorkQueue } from './work-queue.ts';

/** Verifies PINs; a few at a time, and `busy` for those that would have to wait too long: nothing is known of them. */
export type VerifyPin = (hash: string, pin: Buffer) => Promise<'right' | 'wrong' | 'busy'>;

// As with passwords: each about 20 ms of one core and 19 MiB.
const LIMITS = { maxRunning: 2, maxWaiting: 200 };

/** A verifier of PINs against argon2id hashes, off the event loop. */
export function createPinVerifier(): VerifyPin {
  const queue = new WorkQueue(LIMITS);
  queue.start();
  return async (hash, pin) => {
    const outcome = await queue.run(() => verifyPassword(hash, pin));
    if (outcome.kind !== 'done') return 'busy';
    return outcome.value ? 'right' : 'wrong';
  };
}
