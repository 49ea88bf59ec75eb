import { describe, expect, it } from 'vitest';
import { passcodeAt } from '../../src/factors/index.ts';
import type { PasscodeFactor, PasscodeToken } from '../../src/factors/index.ts';
import { Secret } from '../../src/lib/secret.ts';

/** A passcode factor to be judged, and where its counters stand. */
export interface FactorContract {
  readonly factor: PasscodeFactor;
  /** Counters accepted beyond the expected one. */
  readonly window: number;
  readonly nowMs: number;
  /** The counter whose passcode a fresh token shows at `nowMs`; `token` is given with the one before as the last spent. */
  readonly expected: number;
}

/** What every passcode factor promises, whatever its counter counts. */
export function factorContract(name: string, { factor, window, nowMs, expected }: FactorContract): void {
  const token: PasscodeToken = {
    id: 7,
    userId: 3,
    type: factor.type,
    serial: 'T-1',
    secret: Secret.fromText('12345678901234567890'),
    digits: 6,
    algorithm: 'sha1',
    periodSeconds: 30,
    lastCounter: expected - 1,
    driftSteps: 0,
  };
  const shown = (counter: number, of = token) => Buffer.from(passcodeAt(of, counter), 'ascii');
  const check = (passcode: Buffer, of = token) => factor.check(of, passcode, nowMs);

  describe(`passcode factor ${name}`, () => {
    it('matches the expected passcode and names the counter to spend', () => {
      expect(check(shown(expected))).toEqual({ kind: 'match', counter: expected, driftSteps: 0 });
    });

    it('matches up to the window and nothing behind it', () => {
      expect(check(shown(expected + window))).toMatchObject({ kind: 'match', counter: expected + window });
      expect(check(shown(expected + window + 1))).toEqual({ kind: 'wrong' });
    });

    it('calls the passcode of a spent counter replayed', () => {
      expect(check(shown(expected), { ...token, lastCounter: expected })).toEqual({ kind: 'replayed' });
    });

    it('calls a passcode replayed as long as a later counter is the last spent one', () => {
      expect(check(shown(expected), { ...token, lastCounter: expected + window })).toEqual({ kind: 'replayed' });
    });

    it('shows all that would fit or has been spent, and nothing else', () => {
      const spent = { ...token, lastCounter: expected };
      const all = factor.shown(spent, nowMs).map((passcode) => check(Buffer.from(passcode), spent).kind);
      expect(all).not.toContain('wrong');
      expect(factor.shown(spent, nowMs)).toContain(shown(expected).toString());
      expect(factor.shown(token, nowMs)).toContain(shown(expected + window).toString());
      expect(factor.shown(token, nowMs)).not.toContain(shown(expected + window + 1).toString());
    });

    it('calls another passcode wrong', () => {
      const last = shown(expected).at(-1) === 0x30 ? 0x31 : 0x30;
      expect(check(Buffer.concat([shown(expected).subarray(0, 5), Buffer.of(last)]))).toEqual({ kind: 'wrong' });
    });

    it.each([
      ['empty', Buffer.alloc(0)],
      ['short', shown(expected).subarray(0, 5)],
      ['long', Buffer.concat([shown(expected), Buffer.from('0')])],
      ['of letters', Buffer.from('abcdef')],
      ['of octets that are no text', Buffer.from('ff00ff00ff00', 'hex')],
      ['with a space in front', Buffer.concat([Buffer.from(' '), shown(expected).subarray(0, 5)])],
    ])('calls a passcode that is %s wrong', (_, passcode) => {
      expect(check(passcode)).toEqual({ kind: 'wrong' });
    });

    it.each([6, 7, 8])('speaks %i digits', (digits) => {
      const other = { ...token, digits };
      expect(shown(expected, other)).toHaveLength(digits);
      expect(check(shown(expected, other), other)).toMatchObject({ kind: 'match' });
    });

    it.each(['sha1', 'sha256', 'sha512'] as const)('speaks %s', (algorithm) => {
      const other = { ...token, algorithm };
      expect(check(shown(expected, other), other)).toMatchObject({ kind: 'match' });
    });

    it('keeps the leading zeros of a passcode', () => {
      let secretNumber = 0;
      let other = token;
      do other = { ...token, secret: Secret.fromText(`secret of many zeros ${secretNumber++}`) };
      while (!shown(expected, other).toString().startsWith('00'));
      expect(check(shown(expected, other), other)).toMatchObject({ kind: 'match' });
      expect(check(Buffer.from(String(Number(shown(expected, other)))), other)).toEqual({ kind: 'wrong' });
    });

    it('refuses a token whose numbers make no sense', () => {
      const code = expect.objectContaining({ code: 'token-invalid' }) as Error;
      expect(() => check(Buffer.from('12345'), { ...token, digits: 5 })).toThrow(code);
      expect(() => check(shown(expected), { ...token, algorithm: 'md5' as 'sha1' })).toThrow(code);
      expect(() => check(shown(expected), { ...token, periodSeconds: 14 })).toThrow(code);
    });
  });
}
