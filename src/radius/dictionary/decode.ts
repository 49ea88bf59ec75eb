import type { Attribute } from '../attribute.ts';
import type { AttributePath, Dictionary } from './dictionary.ts';
import { joinFragments } from './fragments.ts';
import { isExtended, VENDOR_SPECIFIC } from './path.ts';
import type { AttributeDefinition } from './types.ts';
import { PLAIN_FORMAT, splitParts } from './wire.ts';

const MAX_TAG = 0x1f;
const VENDOR_ID_OCTETS = 4;

/** One value of a packet, out of whatever it was wrapped in. */
export interface DecodedAttribute {
  /** From the packet's top; of a broken container, as far as it could be read. */
  readonly numbers: AttributePath;
  /** `undefined` for what the dictionary does not know. */
  readonly definition: AttributeDefinition | undefined;
  /** 1 to 31 (RFC 2868 §3.1); `undefined` if there is none, or it is 0. */
  readonly tag: number | undefined;
  /** The value without tag; of a container that cannot be taken apart, its whole body. */
  readonly octets: Buffer;
  /** The attribute should hold others, but its octets do not add up. */
  readonly isBroken: boolean;
}

/**
 * The attributes of a packet as the dictionary sees them, in order: vendors' bodies (RFC 2865 §5.26), TLVs, extended and
 * long extended attributes (RFC 6929) taken apart, fragments joined. What cannot be taken apart stays raw; never throws.
 */
export function decodeAttributes(attributes: readonly Attribute[], dictionary: Dictionary): DecodedAttribute[] {
  return joinFragments(attributes, dictionary).flatMap(({ numbers, octets, isWhole }) =>
    isWhole ? open(dictionary, numbers, octets) : [broken(dictionary, numbers, octets)],
  );
}

function open(dictionary: Dictionary, numbers: AttributePath, octets: Buffer): DecodedAttribute[] {
  const definition = dictionary.attributeAt(numbers);
  if (numbers.length === 1 && numbers[0] === VENDOR_SPECIFIC) return openVendor(dictionary, numbers, octets);
  if (numbers.length === 2 && isExtended(numbers[0]) && numbers[1] === VENDOR_SPECIFIC) {
    return openExtendedVendor(dictionary, numbers, octets);
  }
  if (definition?.type === 'tlv') return openParts(dictionary, numbers, octets, PLAIN_FORMAT);
  return [{ numbers, definition, isBroken: false, ...untag(definition, octets) }];
}

function openVendor(dictionary: Dictionary, numbers: AttributePath, octets: Buffer): DecodedAttribute[] {
  if (octets.length < VENDOR_ID_OCTETS) return [broken(dictionary, numbers, octets)];
  const id = octets.readUInt32BE();
  const format = dictionary.vendor(id) ?? PLAIN_FORMAT;
  return openParts(dictionary, [...numbers, id], octets.subarray(VENDOR_ID_OCTETS), format);
}

function openParts(
  dictionary: Dictionary,
  numbers: AttributePath,
  body: Buffer,
  format: Parameters<typeof splitParts>[1],
): DecodedAttribute[] {
  const parts = splitParts(body, format);
  if (parts === undefined) return [broken(dictionary, numbers, body)];
  return parts.flatMap(({ type, octets }) => open(dictionary, [...numbers, type], octets));
}

// RFC 6929 §2.4: the vendor's number, one octet of type, the value.
function openExtendedVendor(dictionary: Dictionary, numbers: AttributePath, octets: Buffer): DecodedAttribute[] {
  const type = octets[VENDOR_ID_OCTETS];
  if (type === undefined) return [broken(dictionary, numbers, octets)];
  return open(dictionary, [...numbers, octets.readUInt32BE(), type], octets.subarray(VENDOR_ID_OCTETS + 1));
}

function broken(dictionary: Dictionary, numbers: AttributePath, octets: Buffer): DecodedAttribute {
  return { numbers, definition: dictionary.attributeAt(numbers), tag: undefined, octets, isBroken: true };
}

// RFC 2868 §3.1: an octet over 0x1f is the value's own; a number with a tag has three octets left.
function untag(
  definition: AttributeDefinition | undefined,
  octets: Buffer,
): { readonly tag: number | undefined; readonly octets: Buffer } {
  const tag = octets[0];
  if (definition?.hasTag !== true || tag === undefined || tag > MAX_TAG) return { tag: undefined, octets };
  const rest = octets.subarray(1);
  const value = definition.type === 'integer' && octets.length === 4 ? Buffer.concat([Buffer.alloc(1), rest]) : rest;
  return { tag: tag === 0 ? undefined : tag, octets: value };
}
