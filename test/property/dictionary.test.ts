import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Attribute } from '../../src/radius/attribute.ts';
import {
  decodeAttributes,
  decodeValue,
  DictionaryError,
  encodeValue,
  loadDictionary,
  readDictionary,
} from '../../src/radius/dictionary/index.ts';
import { dumpPacket } from '../../src/radius/dump.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));
const vendorIds = [...dictionary.vendors()].map(({ id }) => id);

const SIZES: Readonly<Partial<Record<string, number>>> = {
  integer: 4,
  ipaddr: 4,
  date: 4,
  ipv6addr: 16,
  ifid: 8,
  ether: 6,
  short: 2,
  integer64: 8,
};

const octets = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

// Random octets hardly ever hit a vendor: half of the attributes say that they are one.
const vendorSpecific = fc.tuple(fc.constantFrom(...vendorIds), octets).map(([id, body]): Attribute => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(id);
  return { type: 26, value: Buffer.concat([header, body]) };
});
const anyType = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(79, 173, 241, 245, 246, 26));
const anyAttribute: fc.Arbitrary<Attribute> = fc.oneof(vendorSpecific, fc.record({ type: anyType, value: octets }));
const anyAttributes = fc.array(anyAttribute, { maxLength: 30 });

test('a dump never throws, and has no control characters but the ends of its lines', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), anyAttributes, (code, attributes) => {
      const text = dumpPacket({ code, identifier: 0, attributes }, dictionary);
      for (const line of text.split('\n').slice(1)) expect(line).toMatch(/^ {2}\S+ = [^\p{Cc}\p{Zl}\p{Zp}\u202e]*$/u);
    }),
    { numRuns: 2000 },
  );
});

test('a dump shows no octets of a hidden attribute, wherever it stands', () => {
  const secret = 'correct horse battery staple';
  const hidden = [...dictionary.attributes()].filter(({ isSecret, type }) => isSecret && type === 'string');
  expect(hidden.length).toBeGreaterThan(5);
  fc.assert(
    fc.property(fc.constantFrom(...hidden), anyAttributes, anyAttributes, ({ path }, before, after) => {
      const encoded = encodeValue(dictionary, `Attr-${path}`, `0x${Buffer.from(secret).toString('hex')}`);
      const attributes = encoded.kind === 'encoded' ? encoded.attributes : [];
      expect(attributes).toHaveLength(1);
      const text = dumpPacket({ code: 1, identifier: 0, attributes: [...before, ...attributes, ...after] }, dictionary);
      expect(text).toContain('[hidden]');
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString('hex'));
    }),
  );
});

test('what a value is shown as can be set again, octet for octet', () => {
  const definitions = [...dictionary.attributes()].filter(({ encryption }) => encryption === 'none');
  fc.assert(
    fc.property(fc.constantFrom(...definitions), octets, (definition, value) => {
      const wanted = definition.lengthOctets ?? SIZES[definition.type] ?? 20;
      const sized = Buffer.concat([value, Buffer.alloc(20)]).subarray(0, wanted);
      if (definition.hasTag) sized[0] = definition.type === 'integer' ? 0 : 0x41;
      const text = decodeValue(definition, sized);
      if (text === undefined) return;
      const encoded = encodeValue(dictionary, definition.name, text);
      const [decoded] = decodeAttributes(encoded.kind === 'encoded' ? encoded.attributes : [], dictionary);
      expect(decoded).toMatchObject({ numbers: definition.numbers, isBroken: false });
      expect(decodeValue(definition, decoded!.octets)).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test('encoding refuses by value: it never throws, and what it gives fits into a packet', () => {
  const names = [...dictionary.attributes()].map(({ name }) => name);
  const anyName = fc.oneof(
    fc.constantFrom(...names),
    fc.constantFrom(...names).map((name) => `${name}:1`),
    fc.array(fc.nat({ max: 2 ** 33 }), { minLength: 1, maxLength: 5 }).map((numbers) => `Attr-${numbers.join('.')}`),
    fc.string(),
  );
  const anyText = fc.oneof(
    fc.string({ maxLength: 400 }),
    octets.map((value) => `0x${value.toString('hex')}`),
  );
  fc.assert(
    fc.property(anyName, anyText, (name, text) => {
      const encoded = encodeValue(dictionary, name, text);
      if (encoded.kind === 'refused') return;
      expect(encoded.attributes.length).toBeGreaterThan(0);
      for (const { type, value } of encoded.attributes) {
        expect(type >= 1 && type <= 255 && value.length <= 253).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

test('reading a dictionary throws nothing but its own error, with file and line', () => {
  const word = fc.oneof(
    fc.constantFrom('ATTRIBUTE', 'VALUE', 'VENDOR', 'BEGIN-VENDOR', 'END-VENDOR', 'BEGIN-TLV', 'END-TLV', 'FLAGS'),
    fc.constantFrom('$INCLUDE', '$INCLUDE-', 'dictionary', 'A', 'B', '1', '2', '26.9.1', '0x10', '241.1', '9'),
    fc.constantFrom('string', 'integer', 'octets', 'tlv', 'evs', 'extended', 'has_tag', 'encrypt=2', 'format=2,1'),
    fc.string({ maxLength: 8 }),
  );
  const line = fc.array(word, { maxLength: 5 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      try {
        readDictionary('dictionary', (path) => (path === 'dictionary' ? lines.join('\n') : undefined));
      } catch (error) {
        expect(error).toBeInstanceOf(DictionaryError);
        expect((error as DictionaryError).message).toMatch(/^dictionary:\d+: /);
      }
    }),
    { numRuns: 3000 },
  );
});
