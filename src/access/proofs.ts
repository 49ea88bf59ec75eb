import { timingSafeEqual } from 'node:crypto';
import type { Code } from './codes.ts';
import type { AccessDeps, PinCheck } from './deps.ts';
import { isGone } from './gone.ts';
import type { Visit } from './visit.ts';

/** What a user can prove by something that the store knows: a PIN, a code, a password for one client. */
export interface Proofs {
  /**
   * The passcode behind the PIN; `undefined` when the PIN is wrong, missing, or was never set; `busy` when nobody could
   * look. Without PINs: as typed.
   */
  behindPin(visit: Visit, typed: Buffer): Promise<Buffer | 'busy' | undefined>;
  checkPin(visit: Visit, pin: Buffer): Promise<PinCheck>;
  /** A backup or bypass code of the user. */
  findCode(visit: Visit, typed: Buffer): Code | undefined;
  /** The password of the request, where it is one for this client alone. */
  findAppPassword(visit: Visit): Code | undefined;
}

// Digits of a passcode, the longest first: what is in front of them is the PIN.
const PASSCODE_DIGITS = [8, 7, 6] as const;
const MIN_PIN_DIGITS = 4;
// As they are printed: groups of four, with or without the space between.
const APP_PASSWORD = /^[0-9A-Za-z]{16,32}$/;
const MAX_APP_PASSWORD_OCTETS = 48;

/** Proofs by the store's digests. */
export function createProofs({ codeDigest, verifyPin }: Pick<AccessDeps, 'codeDigest' | 'verifyPin'>): Proofs {
  return {
    async behindPin(visit, typed) {
      if (!visit.plan.hasPin) return typed;
      for (const length of lengthsOf(visit)) {
        const at = typed.length - length;
        const pin = at >= MIN_PIN_DIGITS ? await checkPin(visit, typed.subarray(0, at)) : 'wrong';
        if (pin === 'busy') return pin;
        if (pin === 'right') return typed.subarray(at);
      }
      return undefined;
    },
    checkPin,
    findCode(visit, typed) {
      // Digits alone are no code, and most passcodes are digits: the store is not asked.
      if (!/[A-Za-z]/.test(typed.toString('latin1'))) return undefined;
      return find(visit, visit.ways.codes(), typed);
    },
    findAppPassword(visit) {
      const { credentials, client } = visit.request;
      if (visit.user === undefined || isGone(visit)) return undefined;
      if (credentials.kind !== 'pap' || credentials.password.length > MAX_APP_PASSWORD_OCTETS) return undefined;
      if (!APP_PASSWORD.test(credentials.password.toString('latin1').replace(/[ -]/g, ''))) return undefined;
      const here = visit.ways.appPasswords().filter((code) => code.client === client.name);
      return find(visit, here, credentials.password);
    },
  };

  function checkPin({ user }: Visit, pin: Buffer): Promise<PinCheck> {
    return user?.pinHash === undefined ? Promise.resolve('wrong') : verifyPin(user.pinHash, pin);
  }

  function find({ user }: Visit, codes: readonly Code[], typed: Buffer): Code | undefined {
    if (user === undefined || codes.length === 0) return undefined;
    const digest = codeDigest(user.id, typed.toString('latin1'));
    return codes.find((code) => code.digest.length === digest.length && timingSafeEqual(code.digest, digest));
  }
}

// The lengths that the user's own tokens have; what we send has six.
function lengthsOf({ ways }: Visit): readonly number[] {
  const lengths = new Set([6, ...ways.tokens().map(({ digits }) => digits)]);
  return PASSCODE_DIGITS.filter((length) => lengths.has(length));
}
