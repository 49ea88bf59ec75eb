import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase32, encodeBase32, FactorError } from '../../../src/factors/index.ts';

const decoded = (text: string) => decodeBase32(text).reveal().toString('latin1');

describe('Base32', () => {
  it.each([
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('writes %s as %s and reads it back (RFC 4648 §10, without padding)', (text, base32) => {
    expect(encodeBase32(Buffer.from(text))).toBe(base32);
    expect(decoded(base32)).toBe(text);
  });

  it('reads small letters, spaces, hyphens, line ends and padding', () => {
    expect(decoded(' mzxw 6ytb-oi======\r\n')).toBe('foobar');
  });

  it('drops left-over bits that are not zero, as apps do', () => {
    expect(decoded('MZ')).toBe('f');
    expect(decoded('MZXW7')).toBe('foo');
  });

  it('reads back any octets it has written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (octets) => {
        expect(decodeBase32(encodeBase32(octets)).reveal()).toEqual(Buffer.from(octets));
      }),
    );
  });

  it('throws nothing but its own error, which never quotes the text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, unit: 'grapheme' }), (text) => {
        try {
          decodeBase32(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FactorError);
          expect((error as FactorError).code).toBe('base32-invalid');
          expect((error as FactorError).message).not.toContain(text);
        }
      }),
    );
  });

  it.each([
    ['', /empty/],
    [' - ', /empty/],
    ['====', /empty/],
    ['MZXW!', /not Base32/],
    ['M=ZXW6', /not Base32/],
    ['MZXW0', /not Base32/],
    ['MÄXW6', /not Base32/],
    ['3132333435363738393031323334353637383930', /hexadecimal/],
    ['MZX', /cut off/],
    ['M', /cut off/],
    ['MZXW6Y', /cut off/],
  ])('refuses %j', (text, message) => {
    expect(() => decodeBase32(text)).toThrow(message);
  });
});
