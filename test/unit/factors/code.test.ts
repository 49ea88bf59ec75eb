import { describe, expect, it } from 'vitest';
import { codeCharacters, createCode, groupCode } from '../../../src/factors/index.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';

describe('a new code', () => {
  const random = createSystemRandom();

  it('is made of characters that nobody mistakes for each other', () => {
    const codes = Array.from({ length: 200 }, () => createCode(random, 16)).join('');
    expect(new Set(codes)).toEqual(new Set('23456789ABCDEFGHJKMNPQRSTVWXYZ'));
  });

  it('holds 48 bits where wrong answers are counted, and 75 as a password', () => {
    const bits = (characters: number) => characters * Math.log2(30);
    expect(bits(codeCharacters.backup)).toBeGreaterThan(48);
    expect(bits(codeCharacters.bypass)).toBeGreaterThan(48);
    expect(bits(codeCharacters['app-password'])).toBeGreaterThan(75);
  });

  it('leaves out octets that would favour some characters', () => {
    const octets = [255, 240, 0, 239, 30, 254, 29];
    const fixed = { ...random, octets: () => Buffer.of(octets.shift() ?? 0) };
    expect(createCode(fixed, 4)).toBe('2Z2Z');
  });

  it('has a letter: digits alone would be taken for a passcode', () => {
    const octets = [0, 1, 2, 3, 0, 1, 2, 29];
    const fixed = { ...random, octets: () => Buffer.of(octets.shift() ?? 0) };
    expect(createCode(fixed, 4)).toBe('234Z');
  });

  it('is another each time', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => createCode(random, 10))).size).toBe(1_000);
  });

  it('is read in groups', () => {
    expect(groupCode('ABCDEFGHJKMNPQRS', 4)).toBe('ABCD-EFGH-JKMN-PQRS');
    expect(groupCode('ABCDEFGHJK', 5)).toBe('ABCDE-FGHJK');
    expect(groupCode('ABC', 5)).toBe('ABC');
  });
});
