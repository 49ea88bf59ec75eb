import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitText } from '../../../src/gateways/smpp/split-text.ts';

const bodies = (text: string) => splitText(text, 'udh', 7)?.map(({ short_message }) => short_message);

describe('a text for SMPP', () => {
  it('is one message in the GSM alphabet up to 160 characters', () => {
    expect(splitText('Ihr Code: 123456 @ Tür', 'udh', 7)).toEqual([
      { data_coding: 0, esm_class: 0, short_message: Buffer.from('Ihr Code: 123456 \0 T\x7er', 'latin1') },
    ]);
    expect(bodies('a'.repeat(160))?.length).toBe(1);
  });

  it('is UCS-2 as soon as one character asks for it, up to 70', () => {
    expect(splitText('Код', 'udh', 7)).toEqual([
      { data_coding: 8, esm_class: 0, short_message: Buffer.from('041a043e0434', 'hex') },
    ]);
    expect(bodies('К'.repeat(70))?.length).toBe(1);
    expect(bodies('К'.repeat(71))?.length).toBe(2);
  });

  it('longer than that goes in parts that a phone puts together', () => {
    const parts = splitText('a'.repeat(161), 'udh', 7) ?? [];
    expect(parts.map(({ esm_class }) => esm_class)).toEqual([0x40, 0x40]);
    expect(parts.map(({ short_message }) => short_message.subarray(0, 6).toString('hex'))).toEqual([
      '050003070201',
      '050003070202',
    ]);
    expect(parts.map(({ short_message }) => short_message.length)).toEqual([159, 14]);
  });

  it('keeps an escaped character in one part', () => {
    const [first, second] = bodies(`${'a'.repeat(152)}€${'b'.repeat(20)}`) ?? [];
    expect([first?.length, second?.subarray(6, 8).toString('hex')]).toEqual([158, '1b65']);
  });

  it('keeps a surrogate pair in one part', () => {
    const [first, second] = bodies(`${'К'.repeat(66)}😀${'К'.repeat(20)}`) ?? [];
    expect([first?.length, second?.subarray(6, 10).toString('hex')]).toEqual([138, 'd83dde00']);
  });

  it('goes whole where the SMSC divides', () => {
    const [fields, ...others] = splitText('a'.repeat(200), 'payload', 7) ?? [];
    expect([others.length, fields?.esm_class, fields?.short_message.length]).toEqual([0, 0, 0]);
    expect(fields?.message_payload?.toString()).toBe('a'.repeat(200));
  });

  it('of more than ten messages is none', () => {
    expect(splitText('a'.repeat(1531), 'udh', 7)).toBeUndefined();
    expect(splitText('a'.repeat(1531), 'payload', 7)).toBeUndefined();
  });

  it('loses nothing on the way into parts, and no part is too long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 71, maxLength: 300 }), (text) => {
        const parts = splitText(`К${text}`, 'udh', 1) ?? [];
        const octets = Buffer.concat(parts.map(({ short_message }) => short_message.subarray(6)));
        expect(octets.swap16().toString('utf16le')).toBe(`К${text}`);
        expect(Math.max(...parts.map(({ short_message }) => short_message.length))).toBeLessThanOrEqual(140);
      }),
      { numRuns: 30 },
    );
  });
});
