import { createHmac, hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** Seconds one TOTP step lasts (RFC 6238 §4.1). */
export const STEP_SECONDS = 30;

/** The 20 octets of user number `index`'s token: made from a seed, so that nothing but the seed need be handed around. */
export function tokenSecret(seed: string, index: number): Buffer {
  return hash('sha1', `${seed}:${index}`, 'buffer');
}

/** The step the machine's clock is in. */
export function currentStep(): number {
  return Math.floor(Date.now() / 1000 / STEP_SECONDS);
}

/** Resolves when the next step has begun. */
export async function nextStep(): Promise<void> {
  const stepMs = STEP_SECONDS * 1000;
  // A little later: a timer may be early by a millisecond.
  await sleep(stepMs - (Date.now() % stepMs) + 50);
}

/** The six digits a phone would show in that step (RFC 4226 §5.3, RFC 6238 §4). */
export function passcodeAt(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const number = mac.readUInt32BE((mac[19] ?? 0) & 0x0f) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
