import { describe, expect, it } from 'vitest';
import { garbledName, readUsername } from '../../../src/access/username.ts';

describe('readUsername', () => {
  it('gives one key to every spelling of a name', () => {
    const composed = readUsername(Buffer.from('J\u00f6RG'), 'utf-8');
    const decomposed = readUsername(Buffer.from('jo\u0308rg'), 'utf-8');
    expect(composed?.key).toBe(decomposed?.key);
    expect(composed?.text).toBe('J\u00f6RG');
  });

  it('reads Latin-1 where the client sends that', () => {
    expect(readUsername(Buffer.from([0x6a, 0xf6, 0x72, 0x67]), 'latin1')?.text).toBe('jörg');
    expect(readUsername(Buffer.from([0x6a, 0xf6, 0x72, 0x67]), 'utf-8')).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a NUL', 'alice\0'],
    ['a line end', 'alice\nadmin'],
    ['an escape', 'a\u001b[2J'],
    ['a space at the end', 'alice '],
    ['a change of direction', 'a\u202elice'],
    ['254 octets', 'a'.repeat(254)],
  ])('takes %s for no name', (_, text) => {
    expect(readUsername(Buffer.from(text), 'utf-8')).toBeUndefined();
  });

  it('keeps what the log gets of such a name short and harmless', () => {
    expect(garbledName(Buffer.from(`a\u001b[2J\n${'x'.repeat(500)}`)).text).toMatch(/^a\?\[2J\?x{1,64}$/);
  });
});

describe('domains that a client takes off', () => {
  const nameOf = (text: string) => readUsername(Buffer.from(text), 'utf-8', ['corp', 'corp.example.com']);

  it.each([
    'CORP\\alice',
    'corp\\Alice',
    'alice@corp.example.com',
    'ALICE@CORP.EXAMPLE.COM',
    'alice',
    'corp.example.com\\alice',
  ])('%s is alice, and stays in the log as it was sent', (text) =>
    expect(nameOf(text)).toMatchObject({ key: nameOf('alice')?.key, text }),
  );

  it.each([
    'EVIL\\alice',
    'alice@evil.example.com',
    'alice@example.com',
    'CORP\\EVIL\\alice',
    'EVIL\\alice@corp.example.com',
    'CORP/alice',
    'alice%corp',
    'corp.example.com@alice',
    'CORP\\',
    'CORP\\ alice',
    '@corp.example.com',
  ])('%s is not', (text) => expect(nameOf(text)?.key).not.toBe(nameOf('alice')?.key));

  it('are one at most: what stands before the other is part of the name', () => {
    expect(nameOf('CORP\\alice@corp.example.com')?.name).toBe('alice@corp.example.com');
    expect(nameOf('alice@corp@corp.example.com')?.name).toBe('alice@corp');
  });

  it('are none unless it names them', () => {
    expect(readUsername(Buffer.from('CORP\\alice'), 'utf-8')?.name).toBe('CORP\\alice');
  });
});
