import { AttributeType, type ClearAttribute } from './attribute.ts';
import { joinVendorParts, splitVendorParts, type Dictionary } from './dictionary/index.ts';
import type { AttributeSelector } from './reply-attributes.ts';

const VENDOR_OCTETS = 4;
const MAX_TAG = 0x1f;

/**
 * The attributes without those that are selected. Of a Vendor-Specific that carries several, the others stay; one that
 * cannot be taken apart goes as a whole where its vendor is meant: what is to be removed must not slip through.
 */
export function withoutSelected(
  attributes: readonly ClearAttribute[],
  selectors: readonly AttributeSelector[],
  dictionary: Dictionary,
): readonly ClearAttribute[] {
  if (selectors.length === 0) return attributes;
  return attributes.flatMap((attribute) => {
    if (attribute.type === AttributeType.vendorSpecific) return withoutParts(attribute, selectors, dictionary);
    return selectors.some((selector) => isSelected(attribute, selector)) ? [] : [attribute];
  });
}

function isSelected({ type, value }: ClearAttribute, { numbers, tag }: AttributeSelector): boolean {
  if (numbers[0] !== type) return false;
  // RFC 6929 §2.1: the extended type is the first octet.
  if (numbers.length > 1 && numbers[1] !== value[0]) return false;
  return hasTag(value, tag);
}

// RFC 2868 §3.1: a first octet above 0x1f is text, which has no tag.
function hasTag(value: Buffer, tag: number | undefined): boolean {
  if (tag === undefined) return true;
  const first = value[0] ?? 0;
  return (first <= MAX_TAG ? first : 0) === tag;
}

function withoutParts(
  attribute: ClearAttribute,
  selectors: readonly AttributeSelector[],
  dictionary: Dictionary,
): readonly ClearAttribute[] {
  const { value, hidden } = attribute;
  const here = selectors.filter(({ numbers }) => numbers[0] === AttributeType.vendorSpecific);
  if (here.some(({ numbers }) => numbers.length === 1)) return [];
  if (value.length < VENDOR_OCTETS) return [attribute];
  const vendor = value.readUInt32BE(0);
  const meant = here.filter(({ numbers }) => numbers[1] === vendor);
  if (meant.length === 0) return [attribute];
  const isMeant = (type: number, octets: Buffer): boolean =>
    meant.some(({ numbers, tag }) => numbers.length === 2 || (numbers[2] === type && hasTag(octets, tag)));
  // A salted one stands alone in its attribute, in clear, and its length says nothing.
  if (hidden !== undefined)
    return isMeant(value[VENDOR_OCTETS] ?? 0, value.subarray(VENDOR_OCTETS + 2)) ? [] : [attribute];
  const parts = splitVendorParts(dictionary, vendor, value.subarray(VENDOR_OCTETS));
  if (parts === undefined) return [];
  const kept = parts.filter(({ type, octets }) => !isMeant(type, octets));
  if (kept.length === parts.length) return [attribute];
  const body = joinVendorParts(dictionary, vendor, kept);
  if (kept.length === 0 || body === undefined) return [];
  return [{ ...attribute, value: Buffer.concat([value.subarray(0, VENDOR_OCTETS), body]) }];
}
