import {
  formatIpv4,
  formatIpv4Prefix,
  formatIpv6,
  formatIpv6Prefix,
  parseIpv4,
  parseIpv4Prefix,
  parseIpv6,
  parseIpv6Prefix,
} from './address.ts';
import type { AttributeDefinition, ValueType } from './types.ts';

/** Text ↔ octets of one data type; both give `undefined` for what the type cannot hold. */
interface ValueFormat {
  readonly decode: (octets: Buffer, definition: AttributeDefinition) => string | undefined;
  readonly encode: (text: string, definition: AttributeDefinition) => Buffer | undefined;
}

const MS_PER_SECOND = 1000;
const UINT32_MAX = 0xffffffff;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const octetsFormat: ValueFormat = {
  decode: (octets) => `0x${octets.toString('hex')}`,
  encode: (text) => parseHex(text) ?? Buffer.from(text, 'utf8'),
};

// What stands inside is decoded on its own; the whole is only ever raw.
const container: ValueFormat = { decode: () => undefined, encode: parseHex };

const FORMATS: Readonly<Record<ValueType, ValueFormat>> = {
  string: { decode: decodeText, encode: (text) => Buffer.from(text, 'utf8') },
  octets: octetsFormat,
  abinary: octetsFormat,
  ipaddr: { decode: formatIpv4, encode: parseIpv4 },
  ipv4prefix: { decode: formatIpv4Prefix, encode: parseIpv4Prefix },
  ipv6addr: { decode: formatIpv6, encode: parseIpv6 },
  ipv6prefix: { decode: formatIpv6Prefix, encode: parseIpv6Prefix },
  'combo-ip': {
    decode: (octets) => formatIpv4(octets) ?? formatIpv6(octets),
    encode: (text) => parseIpv4(text) ?? parseIpv6(text),
  },
  ifid: { decode: (octets) => formatGroups(octets, 8, 2), encode: (text) => parseGroups(text, 4, 4) },
  ether: { decode: (octets) => formatGroups(octets, 6, 1), encode: (text) => parseGroups(text, 6, 2) },
  bool: unsigned(1, 1n),
  byte: unsigned(1),
  short: unsigned(2),
  integer: unsigned(4),
  integer64: unsigned(8),
  signed: { decode: decodeSigned, encode: encodeSigned },
  date: { decode: decodeDate, encode: encodeDate },
  tlv: container,
  vsa: container,
  evs: container,
  extended: container,
  'long-extended': container,
};

/**
 * The text of a value, without its tag: a name if the number has one, `0x…` for octets, ISO 8601 for dates.
 * `undefined` when the octets are not of the attribute's type. Text comes as it is, control characters included.
 */
export function decodeValue(definition: AttributeDefinition, octets: Buffer): string | undefined {
  const { lengthOctets, type } = definition;
  if (lengthOctets !== undefined && octets.length !== lengthOctets) return undefined;
  return FORMATS[type].decode(octets, definition);
}

/** The octets of a value, without tag and header; `undefined` when the text is none of the attribute's type. */
export function encodeText(definition: AttributeDefinition, text: string): Buffer | undefined {
  const octets = FORMATS[definition.type].encode(text, definition);
  const { lengthOctets } = definition;
  return lengthOctets === undefined || octets?.length === lengthOctets ? octets : undefined;
}

function decodeText(octets: Buffer): string | undefined {
  try {
    return utf8.decode(octets);
  } catch {
    return undefined;
  }
}

function unsigned(size: 1 | 2 | 4 | 8, most = 2n ** BigInt(size * 8) - 1n): ValueFormat {
  return {
    decode: (octets, { values }) => {
      if (octets.length !== size) return undefined;
      const number = BigInt(`0x${octets.toString('hex')}`);
      return values.byNumber.get(Number(number)) ?? number.toString();
    },
    encode: (text, { values }) => {
      const number = values.byName.get(text.toLowerCase()) ?? parseUnsigned(text);
      if (number === undefined || BigInt(number) > most) return undefined;
      return Buffer.from(number.toString(16).padStart(size * 2, '0'), 'hex');
    },
  };
}

function parseUnsigned(text: string): bigint | undefined {
  return /^(?:\d{1,20}|0x[\da-f]{1,16})$/i.test(text) ? BigInt(text) : undefined;
}

function decodeSigned(octets: Buffer, { values }: AttributeDefinition): string | undefined {
  if (octets.length !== 4) return undefined;
  const number = octets.readInt32BE();
  return values.byNumber.get(number) ?? number.toString();
}

function encodeSigned(text: string, { values }: AttributeDefinition): Buffer | undefined {
  const number = values.byName.get(text.toLowerCase()) ?? (/^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN);
  if (Number.isNaN(number) || number < -(2 ** 31) || number >= 2 ** 31) return undefined;
  const octets = Buffer.alloc(4);
  octets.writeInt32BE(number);
  return octets;
}

function decodeDate(octets: Buffer): string | undefined {
  if (octets.length !== 4) return undefined;
  return new Date(octets.readUInt32BE() * MS_PER_SECOND).toISOString().replace('.000Z', 'Z');
}

// Seconds since 1970, or ISO 8601 with its zone: a date without one would depend on the machine.
function encodeDate(text: string): Buffer | undefined {
  const isZoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const seconds = isZoned ? Date.parse(text) / MS_PER_SECOND : Number(parseUnsigned(text) ?? Number.NaN);
  if (Number.isNaN(seconds) || seconds < 0 || seconds > UINT32_MAX) return undefined;
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(seconds);
  return octets;
}

function formatGroups(octets: Buffer, size: number, groupOctets: number): string | undefined {
  if (octets.length !== size) return undefined;
  return octets
    .toString('hex')
    .match(new RegExp(`.{${groupOctets * 2}}`, 'g'))
    ?.join(':');
}

function parseGroups(text: string, count: number, digits: number): Buffer | undefined {
  const groups = text.split(/[:-]/);
  const isWhole =
    groups.length === count && groups.every((group) => /^[\da-f]+$/i.test(group) && group.length <= digits);
  return isWhole ? Buffer.from(groups.map((group) => group.padStart(digits, '0')).join(''), 'hex') : undefined;
}

function parseHex(text: string): Buffer | undefined {
  return /^0x(?:[\da-f]{2})*$/i.test(text) ? Buffer.from(text.slice(2), 'hex') : undefined;
}
