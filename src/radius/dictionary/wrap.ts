import type { Attribute } from '../attribute.ts';
import { MAX_VALUE_OCTETS } from '../packet.ts';
import type { AttributePath, Dictionary } from './dictionary.ts';
import { MORE } from './fragments.ts';
import { isExtended, isLongExtended, vendorPlace } from './path.ts';
import { joinPart, PLAIN_FORMAT } from './wire.ts';

const MAX_TYPE = 0xff;
const MAX_VENDOR_ID = 0xffffffff;

/**
 * The attributes that carry `octets` at a path: TLVs, a vendor's header, an extended type put around them, long values
 * in fragments where the attribute allows it. `undefined` if they do not fit.
 */
export function wrap(numbers: AttributePath, octets: Buffer, dictionary: Dictionary): Attribute[] | undefined {
  const [type = 0, extendedType = 0] = numbers;
  if (type < 1 || type > MAX_TYPE || (isExtended(type) && extendedType > MAX_TYPE)) return undefined;
  const value = wrapInner(numbers, octets, dictionary);
  if (value === undefined) return undefined;
  if (isLongExtended(type) && numbers.length > 1) {
    return fragment(value, MAX_VALUE_OCTETS - 2).map((piece, index, all) => {
      const flags = index < all.length - 1 ? MORE : 0;
      return { type, value: Buffer.concat([Buffer.from([extendedType, flags]), piece]) };
    });
  }
  const whole = isExtended(type) && numbers.length > 1 ? Buffer.concat([Buffer.from([extendedType]), value]) : value;
  if (whole.length > MAX_VALUE_OCTETS && dictionary.attributeAt(numbers)?.isConcat !== true) return undefined;
  return fragment(whole, MAX_VALUE_OCTETS).map((piece) => ({ type, value: piece }));
}

// What stands behind the type, and behind the extended type where there is one.
function wrapInner(numbers: AttributePath, octets: Buffer, dictionary: Dictionary): Buffer | undefined {
  const vendorAt = vendorPlace(numbers);
  const topLength = vendorAt === undefined ? (isExtended(numbers[0]) ? 2 : 1) : vendorAt + 2;
  const tlvTypes = numbers.slice(topLength);
  const inTlvs = tlvTypes.reduceRight<Buffer | undefined>(
    (inner, type) => (inner === undefined ? undefined : joinPart({ type, octets: inner }, PLAIN_FORMAT)),
    octets,
  );
  if (vendorAt === undefined || inTlvs === undefined) return inTlvs;
  return wrapVendor(numbers, vendorAt, inTlvs, dictionary);
}

// RFC 2865 §5.26, and RFC 6929 §2.4 where no length stands behind the type.
function wrapVendor(
  numbers: AttributePath,
  vendorAt: number,
  octets: Buffer,
  dictionary: Dictionary,
): Buffer | undefined {
  const [id = 0, type] = numbers.slice(vendorAt);
  if (id > MAX_VENDOR_ID) return undefined;
  const format =
    vendorAt === 1 ? (dictionary.vendor(id) ?? PLAIN_FORMAT) : { ...PLAIN_FORMAT, lengthOctets: 0 as const };
  const header = Buffer.alloc(4);
  header.writeUInt32BE(id);
  const part = type === undefined ? octets : joinPart({ type, octets }, format);
  return part === undefined ? undefined : Buffer.concat([header, part]);
}

function fragment(octets: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < octets.length; start += size) pieces.push(octets.subarray(start, start + size));
  return pieces;
}
