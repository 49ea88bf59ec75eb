import { describe, expect, it } from 'vitest';

import { otherNames } from '../../../src/access/other-names.ts';

describe('other spellings of a name', () => {
  it.each([
    ['CORP\\alice', ['alice']],
    ['alice@corp.example.com', ['alice']],
    ['CORP\\alice@corp.example.com', ['alice']],
    ['realm/alice', ['alice']],
    ['alice%realm', ['alice']],
    ['alice@any/realm', ['alice']],
    ['alice@any\\realm', ['alice']],
    ['CORP/alice@any/realm', ['alice']],
    ['john  smith', ['john smith']],
    ['john\u00a0smith', ['john smith']],
    ['al\ufffcice', ['alice']],
    ['al\u1806ice', ['alice']],
    ['ａｌｉｃｅ', ['alice']],
    ['al\u00adi\u200bce', ['alice']],
    ['ÁLÏCE', ['ALICE']],
    ['Roß', ['Ross']],
    ['ROẞ', ['ROss']],
    ['CORP\\lærke', ['laerke']],
    ['Đorđe', ['dorde']],
    ['søren', ['soren']],
    ['łucja', ['lucja']],
    ['alıce', ['alice']],
  ])('of %j are %j among others', (name, expected) => {
    expect(otherNames(name)).toEqual(expect.arrayContaining(expected));
  });

  it.each(['alice', '', '\\', '@', '%%', 'CORP\\', '@realm'])('never hold the name itself or nothing: %j', (name) => {
    expect(otherNames(name)).not.toContain(name);
    expect(otherNames(name)).not.toContain('');
  });
});
