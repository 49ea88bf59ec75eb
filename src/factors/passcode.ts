import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createGuardrails, generateSync } from 'otplib';
import type { CryptoPlugin } from 'otplib';
import type { PasscodeToken } from './factor.ts';
import { hmac } from './hmac.ts';
import { requirePasscodeShape } from './token-shape.ts';
import type { PasscodeShape } from './token-shape.ts';

// The stock plugin for node:crypto makes an HMAC object from octets for each step: 20 µs a passcode instead of 4.
const plugin: CryptoPlugin = {
  name: 'one-shot',
  algorithms: ['sha1', 'sha256', 'sha512'],
  hmac,
  randomBytes: (length) => randomBytes(length),
  constantTimeEqual: (a, b) => equalOctets(Buffer.from(a), Buffer.from(b)),
};

// Lengths are judged where a token is made (`judgeSecret`); what is in the store must go on working.
const guardrails = createGuardrails({ MIN_SECRET_BYTES: 1, MAX_SECRET_BYTES: 1024 });

/** What the token shows at a counter or time step (RFC 4226 §5.3, RFC 6238 §4): its digits as text. */
export function passcodeAt(token: PasscodeShape & Pick<PasscodeToken, 'secret'>, counter: number): string {
  const { secret, digits, algorithm } = requirePasscodeShape(token);
  return generateSync({
    strategy: 'hotp',
    secret: secret.reveal(),
    counter,
    digits,
    algorithm,
    crypto: plugin,
    guardrails,
  });
}

/** Whether these octets are the passcode at that counter; time does not depend on where they differ. */
export function isPasscodeAt(token: PasscodeToken, counter: number, passcode: Buffer): boolean {
  return equalOctets(Buffer.from(passcodeAt(token, counter), 'latin1'), passcode);
}

/** The first of these counters whose passcode fits and that is not spent; else whether a spent one fits. */
export function findCounter(
  token: PasscodeToken,
  passcode: Buffer,
  counters: readonly number[],
): { readonly kind: 'found'; readonly counter: number } | { readonly kind: 'replayed' } | { readonly kind: 'wrong' } {
  // The length is no secret; anything else of another length can only be wrong.
  if (passcode.length !== token.digits) return { kind: 'wrong' };
  let isReplayed = false;
  for (const counter of counters) {
    if (!isPasscodeAt(token, counter, passcode)) continue;
    if (counter > token.lastCounter) return { kind: 'found', counter };
    isReplayed = true;
  }
  return { kind: isReplayed ? 'replayed' : 'wrong' };
}

function equalOctets(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
