import type { Dictionary } from './dictionary.ts';
import type { Vendor } from './types.ts';

/** One attribute inside another: its number there and its octets. */
export interface Part {
  readonly type: number;
  readonly octets: Buffer;
}

type Format = Pick<Vendor, 'typeOctets' | 'lengthOctets' | 'hasContinuation'>;

/** What a vendor of no known format writes (RFC 2865 §5.26); TLVs look the same (RFC 6929 §2.3). */
export const PLAIN_FORMAT: Format = { typeOctets: 1, lengthOctets: 1, hasContinuation: false };

const GOES_ON = 0x80;

/** The parts of a vendor's body or a TLV; `undefined` if lengths do not fill it exactly, or a part goes on elsewhere. */
export function splitParts(body: Buffer, format: Format): Part[] | undefined {
  const parts: Part[] = [];
  let rest = body;
  do {
    const part = firstPart(rest, format);
    if (part === undefined) return undefined;
    parts.push(part);
    rest = rest.subarray(headerOctets(format) + part.octets.length);
  } while (rest.length > 0);
  return parts;
}

/** One part as it stands in a vendor's body or a TLV; `undefined` if its type or length is too large for the fields. */
export function joinPart({ type, octets }: Part, format: Format): Buffer | undefined {
  const { lengthOctets, typeOctets } = format;
  const header = Buffer.alloc(headerOctets(format));
  const length = header.length + octets.length;
  if (type >= 2 ** (8 * typeOctets)) return undefined;
  if (lengthOctets > 0 && length >= 2 ** (8 * lengthOctets)) return undefined;
  header.writeUIntBE(type, 0, typeOctets);
  if (lengthOctets > 0) header.writeUIntBE(length, typeOctets, lengthOctets);
  return Buffer.concat([header, octets]);
}

function firstPart(rest: Buffer, format: Format): Part | undefined {
  const { hasContinuation, lengthOctets, typeOctets } = format;
  const header = headerOctets(format);
  if (rest.length < header) return undefined;
  const length = lengthOctets === 0 ? rest.length : rest.readUIntBE(typeOctets, lengthOctets);
  if (length < header || length > rest.length) return undefined;
  if (hasContinuation && ((rest[header - 1] ?? 0) & GOES_ON) !== 0) return undefined;
  return { type: rest.readUIntBE(0, typeOctets), octets: rest.subarray(header, length) };
}

function headerOctets({ hasContinuation, lengthOctets, typeOctets }: Format): number {
  return typeOctets + lengthOctets + (hasContinuation ? 1 : 0);
}

/** What stands behind the number of that vendor, taken apart; `undefined` as with `splitParts`. */
export function splitVendorParts(dictionary: Dictionary, vendor: number, body: Buffer): Part[] | undefined {
  return splitParts(body, dictionary.vendor(vendor) ?? PLAIN_FORMAT);
}

/** The same parts put together again. */
export function joinVendorParts(dictionary: Dictionary, vendor: number, parts: readonly Part[]): Buffer | undefined {
  const joined = parts.map((part) => joinPart(part, dictionary.vendor(vendor) ?? PLAIN_FORMAT));
  const whole = joined.filter((octets) => octets !== undefined);
  return whole.length === joined.length ? Buffer.concat(whole) : undefined;
}
