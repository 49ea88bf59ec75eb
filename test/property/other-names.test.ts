import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { otherNames } from '../../src/access/other-names.ts';

const MAX_NAME = 253;
const LETTERS = new Map(
  Object.entries({ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ı: 'i' }),
);

function bare(name: string): string[] {
  const withoutPrefix = (text: string): string => /[^\\/]*$/.exec(text)![0];
  const withoutRealm = (text: string): string => text.replace(/[@%][^]*$/, '');
  return [withoutRealm(withoutPrefix(name)), withoutPrefix(withoutRealm(name))];
}

function plain(name: string): string {
  const letters = Array.from(name.normalize('NFKD'), (letter) => LETTERS.get(letter.toLowerCase()) ?? letter);
  return letters
    .join('')
    .replace(/[\p{M}\p{C}\p{Default_Ignorable_Code_Point}\u1806\ufffc]/gu, '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ');
}

/** The same without a quick way for plain names: every spelling, whatever the letters. */
function slowly(text: string): Set<string> {
  const all = [text, ...bare(text)].flatMap((name) => [name, plain(name), ...bare(plain(name))]);
  return new Set(all.filter((name) => name !== text && name !== '' && name.length <= MAX_NAME));
}

const names = (characters: string): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(characters)), maxLength: 12 });
const separators = 'aB1\\/@%~!';
const name = fc.oneof(
  names(separators),
  names(`${separators} \t\n\u00ad\u200béßıſK\u212aﬁÅ\ud800＠／＼％`),
  fc.string({ unit: 'binary' }),
);

function expectSame(text: string): void {
  const found = otherNames(text);
  expect(new Set(found)).toEqual(slowly(text));
  expect(found).toHaveLength(slowly(text).size);
}

describe('other spellings of a name, by the quick way or not', () => {
  it('are those that looking at every letter finds', () => {
    fc.assert(fc.property(name, expectSame), { numRuns: 10_000 });
  });

  it('are the same beside each character of the basic plane', () => {
    for (let code = 0; code < 0x10000; code += 1) {
      const text = `a${String.fromCharCode(code)}b`;
      if (otherNames(text).join('\0') !== [...slowly(text)].join('\0')) expectSame(text);
    }
  });

  it.each(['', '@realm', '%realm', 'CORP\\', 'realm/'])('are no longer than a name may be (with %j)', (domain) => {
    for (let length = MAX_NAME - 10; length < MAX_NAME + 10; length += 1) {
      const long = 'a'.repeat(length);
      expectSame(/^[@%]/.test(domain) ? long + domain : domain + long);
    }
  });
});
