import { describe, expect, it } from 'vitest';
import { replyMessages } from '../../../src/server/reply-message.ts';

const texts = (text: string, charset: 'utf-8' | 'latin1' = 'utf-8'): string[] =>
  replyMessages(text, charset).map(({ value }) => value.toString(charset === 'latin1' ? 'latin1' : 'utf8'));

describe('Reply-Message', () => {
  it('is one attribute for up to 253 octets and more for more', () => {
    expect(replyMessages('Hello', 'utf-8')).toEqual([{ type: 18, value: Buffer.from('Hello') }]);
    expect(texts('x'.repeat(253)).map(({ length }) => length)).toEqual([253]);
    expect(texts('x'.repeat(600)).map(({ length }) => length)).toEqual([253, 253, 94]);
  });

  it.each(['ü', '€', '🔑'])('is cut between characters (%s)', (character) => {
    const octets = Buffer.byteLength(character);
    for (let shift = 0; shift < octets; shift += 1) {
      const text = 'x'.repeat(shift) + character.repeat(300);
      const parts = texts(text);
      expect(parts.join('')).toBe(text);
      for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(253);
      for (const part of parts.slice(0, -1)) expect(Buffer.byteLength(part)).toBeGreaterThan(253 - octets);
    }
  });

  it('holds no control characters; a line break becomes a space', () => {
    expect(texts('1 push\r\n2 sms\tx\u0000\u001b[1m\u007f\u009b')).toEqual(['1 push 2 sms x[1m']);
    expect(texts('user\u202eresu')).toEqual(['userresu']);
  });

  it('is absent where nothing would be shown', () => {
    for (const text of ['', '  ', '\n\u0000']) expect(texts(text)).toEqual([]);
  });

  it('can be Latin-1, with a question mark for what that lacks', () => {
    expect(texts('Grüße, €5 🔑 u\u0308', 'latin1')).toEqual(['Grüße, ?5 ? ü']);
    expect(replyMessages('ü'.repeat(254), 'latin1').map(({ value }) => value.length)).toEqual([253, 1]);
  });
});
