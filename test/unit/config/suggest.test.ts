import { describe, expect, it } from 'vitest';
import { suggest } from '../../../src/config/suggest.ts';

const keys = ['address', 'secret', 'primary', 'policy', 'timeoutSeconds', 'id'];

describe('a suggestion', () => {
  it.each([
    { word: 'adress', meant: 'address' },
    { word: 'addresses', meant: 'address' },
    { word: 'timeoutseconds', meant: 'timeoutSeconds' },
    { word: 'timeout_seconds', meant: 'timeoutSeconds' },
    { word: 'ploicy', meant: 'policy' },
    { word: 'ID', meant: 'id' },
  ])('for $word is $meant', ({ word, meant }) => {
    expect(suggest(word, keys)).toBe(meant);
  });

  it.each(['colour', 'x', '', 'a'.repeat(100_000)])('is not forced upon a word that is near nothing', (word) => {
    expect(suggest(word, keys)).toBeUndefined();
  });
});
