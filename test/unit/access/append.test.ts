import { describe, expect, it } from 'vitest';
import { gluedCandidates, readPasscode, splitMarked } from '../../../src/access/append.ts';

const comma = { passcodeDelimiter: ',' };

function split(field: string, options: { passcodeDelimiter: string | undefined } = comma): string[] | undefined {
  const found = splitMarked(Buffer.from(field), options);
  return found && [found.password.toString(), found.passcode.toString()];
}

describe('splitMarked', () => {
  it.each([
    ['secret,123456', ['secret', '123456']],
    ['a,b,c,12345678', ['a,b,c', '12345678']],
    [',123456', ['', '123456']],
    ['secret,12345', undefined],
    ['secret,123456789', undefined],
    ['secret,12345x', undefined],
    ['secret', undefined],
    ['', undefined],
  ])('takes %s apart as %j', (field, expected) => {
    expect(split(field)).toEqual(expected);
  });

  it('knows other delimiters and none', () => {
    expect(split('secret##123456', { passcodeDelimiter: '##' })).toEqual(['secret', '123456']);
    expect(split('secret,123456', { passcodeDelimiter: undefined })).toBeUndefined();
  });

  it('reads a static challenge of OpenVPN', () => {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    expect(split(`SCRV1:${base64('pass:word,1')}:${base64('123456')}`)).toEqual(['pass:word,1', '123456']);
    expect(split(`SCRV1:${base64('secret')}:`)).toEqual(['secret', '']);
    expect(split('SCRV1:not base64!:x')).toBeUndefined();
    expect(split('SCRV1:YQ==:YQ==:YQ==')).toBeUndefined();
    expect(split('SCRV1:')).toBeUndefined();
  });
});

describe('gluedCandidates', () => {
  it('gives every way to cut six to eight digits from the end, the longest first', () => {
    const candidates = gluedCandidates(Buffer.from('secret12345678'));
    expect(candidates.map(({ password, passcode }) => [password.toString(), passcode.toString()])).toEqual([
      ['secret', '12345678'],
      ['secret1', '2345678'],
      ['secret12', '345678'],
    ]);
    expect(gluedCandidates(Buffer.from('secret12345'))).toEqual([]);
    expect(gluedCandidates(Buffer.from(''))).toEqual([]);
  });
});

describe('readPasscode', () => {
  it('takes digits, with spaces as apps show them, and nothing else', () => {
    expect(readPasscode(Buffer.from('123 456'))?.toString()).toBe('123456');
    expect(readPasscode(Buffer.from('12345678'))?.toString()).toBe('12345678');
    for (const text of ['12345', '123456789', '12345a', '', '١٢٣٤٥٦']) {
      expect(readPasscode(Buffer.from(text)), text).toBeUndefined();
    }
  });
});
