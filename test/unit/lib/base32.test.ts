import { describe, expect, it } from 'vitest';
import { decodeBase32, encodeBase32 } from '../../../src/lib/base32.ts';

describe('Base32 (RFC 4648 §10)', () => {
  it.each([
    ['', ''],
    ['f', 'MY======'],
    ['fo', 'MZXQ===='],
    ['foo', 'MZXW6==='],
    ['foob', 'MZXW6YQ='],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI======'],
  ])('of "%s" is "%s"', (text, base32) => {
    expect(encodeBase32(Buffer.from(text))).toBe(base32);
    expect(decodeBase32(base32)?.toString()).toBe(text);
    expect(decodeBase32(base32.replace(/=/g, ''))?.toString()).toBe(text);
  });

  it('is nothing else', () => {
    expect(['mzxq', 'M1', 'MZ=Q', 'MZ XQ'].map(decodeBase32)).toEqual(new Array(4).fill(undefined));
  });
});
