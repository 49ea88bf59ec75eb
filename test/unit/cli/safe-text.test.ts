import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableRow, safeJson } from '../../../src/cli/safe-text.ts';

const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('text made safe for a terminal', () => {
  it('is what it was where nothing is unsafe', () => {
    expect(printable('Zoë O’Neill 李 "x" \\ 🔑')).toBe('Zoë O’Neill 李 "x" \\ 🔑');
  });

  it('shows what it hides', () => {
    expect(printable('a\u001b[2J\u009b\u202e\u2028\ud800\n')).toBe(
      'a\\u{1b}[2J\\u{9b}\\u{202e}\\u{2028}\\u{d800}\\u{a}',
    );
  });

  it('never holds anything a terminal obeys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(unsafe);
        expect(printableRow({ text, number: 5 })).toEqual({ text: printable(text), number: 5 });
      }),
    );
  });

  it('means the same as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(0, 2), (value, indent) => {
        const json = safeJson(value, indent);
        expect(json.replaceAll('\n', '')).not.toMatch(unsafe);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
