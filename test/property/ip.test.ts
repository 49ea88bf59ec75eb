import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, formatAddress, formatPrefix, parseAddress, parsePrefix, prefixKey } from '../../src/lib/ip.ts';

const RUNS = { numRuns: 2_000 };
const octets = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
const address = fc.oneof(octets(4), octets(16));

// What an octet may be mistaken for: zeros in front, too great, empty, other digits than those of ASCII.
const octetText = fc.oneof(
  fc.nat({ max: 300 }).map(String),
  fc.constantFrom('', '00', '01', '007', '0x1', '1e1', '-1', '+1', ' 1', '1 ', '256', '999', '1000', '\u0661', '1\n'),
);
const dotted = fc.array(octetText, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
const nearlyIPv4 = fc.string({ unit: fc.constantFrom(...Array.from('0123456789.')), maxLength: 17 });
const group = fc.constantFrom('', '0', '1', 'ff', 'FFFF', '00000', '12345', 'g', '1.2.3.4', '01.2.3.4');
const colons = fc.array(group, { minLength: 1, maxLength: 10 }).map((parts) => parts.join(':'));
const nearlyIPv6 = fc.string({ unit: fc.constantFrom(...Array.from('01aF:.:::')), maxLength: 24 });
const anyText = fc.oneof(dotted, nearlyIPv4, colons, nearlyIPv6, fc.ipV4(), fc.ipV6(), fc.string());

/** The same by way of the platform: its expressions say what is an address, and its URL what an IPv6 address is. */
function slowly(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  const [withoutZone = ''] = text.split('%', 1);
  if (!isIPv6(withoutZone)) return undefined;
  const [head = '', tail] = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1).split('::');
  const [front, back] = [head, tail ?? ''].map((side) => side.split(':').filter((part) => part !== ''));
  const zeros = new Array<string>(8 - front!.length - back!.length).fill('0');
  const all = [...front!, ...zeros, ...back!].map((part) => part.padStart(4, '0')).join('');
  return Buffer.from(all.startsWith(`${'0'.repeat(20)}ffff`) ? all.slice(24) : all, 'hex');
}

describe('an address in text', () => {
  it('is what the platform takes for one, and has the same octets', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(parseAddress(text)).toEqual(slowly(text));
      }),
      { numRuns: 20_000 },
    );
  });

  it('of IPv4 is that with each octet from 0 to 255, and no other number', () => {
    for (let number = 0; number < 1_100; number += 1) {
      for (const text of [
        `${number}.1.2.3`,
        `1.${number}.2.3`,
        `1.2.${number}.3`,
        `1.2.3.${number}`,
        `0${number}.1.2.3`,
      ]) {
        expect(parseAddress(text)).toEqual(slowly(text));
      }
    }
  });

  it('may have a zone, whatever the interface is called; an IPv4 address has none', () => {
    fc.assert(
      fc.property(octets(16), fc.ipV4(), fc.string(), (ipv6, ipv4, zone) => {
        const text = formatAddress(ipv6);
        expect(parseAddress(`${text}%${zone}`)).toEqual(parseAddress(text));
        expect(parseAddress(`${ipv4}%${zone}`)).toBeUndefined();
      }),
    );
  });

  it('comes back from its usual spelling, an IPv4-mapped one as IPv4', () => {
    fc.assert(
      fc.property(address, (given) => {
        expect(parseAddress(formatAddress(given))).toEqual(slowly(formatAddress(given)));
      }),
      RUNS,
    );
    fc.assert(
      fc.property(octets(4), (ipv4) => {
        expect(parseAddress(formatAddress(ipv4))).toEqual(ipv4);
        expect(parseAddress(`::ffff:${ipv4.join('.')}`)).toEqual(ipv4);
        expect(parseAddress(`::FFFF:${ipv4.toString('hex').replace(/(.{4})/, '$1:')}`)).toEqual(ipv4);
      }),
      RUNS,
    );
  });
});

const bitsOf = (given: Buffer): string => Array.from(given, (octet) => octet.toString(2).padStart(8, '0')).join('');

describe('a prefix', () => {
  it('is read or refused, whatever the text, and comes back from its own spelling', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.oneof(
          fc.constant(''),
          fc.nat({ max: 140 }).map((bits) => `/${bits}`),
        ),
        (text, bits) => {
          const prefix = parsePrefix(text + bits);
          if (prefix === undefined) return;
          expect(bitsOf(prefix.octets).slice(prefix.lengthBits)).not.toContain('1');
          expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
        },
      ),
      RUNS,
    );
  });

  it('holds the addresses that begin with its bits, and has the key of each of them', () => {
    const near = fc
      .tuple(address, fc.nat({ max: 128 }), fc.nat({ max: 127 }))
      .map(([one, bits, flipped]) => ({ one, lengthBits: Math.min(bits, one.length * 8), flipped }));
    fc.assert(
      fc.property(near, ({ one, lengthBits, flipped }) => {
        const other = Buffer.from(one);
        const at = flipped % (one.length * 8);
        other[at >> 3]! ^= 0x80 >> (at & 7);
        const bits = bitsOf(one).slice(0, lengthBits);
        const head = Buffer.from(prefixKey(one, lengthBits), 'latin1');
        expect(bitsOf(head)).toBe(bits.padEnd(one.length * 8, '0'));
        const isWithin = bitsOf(other).startsWith(bits);
        expect(contains({ octets: head, lengthBits }, one)).toBe(true);
        expect(contains({ octets: head, lengthBits }, other)).toBe(isWithin);
        expect(prefixKey(other, lengthBits) === prefixKey(one, lengthBits)).toBe(isWithin);
      }),
      RUNS,
    );
  });
});
