import type { DictionaryBuilder } from './builder.ts';
import type { AttributePath } from './dictionary.ts';
import { parseNumber, refuse, type Statement } from './statement.ts';
import type { ValueType } from './types.ts';

/** Vendor-Specific, also inside an extended attribute (RFC 2865 §5.26, RFC 6929 §2.4). */
export const VENDOR_SPECIFIC = 26;

const MOST_OCTET = 0xff;
const MOST_INTERNAL = 0xffffffff;

/** A path taken apart. */
export interface ParsedPath {
  readonly numbers: AttributePath;
  readonly vendorId: number | undefined;
}

/**
 * The path that `text` (`1`, `0x1a`, `241.1`, `26.9.1`) means inside a block of `prefix`;
 * refuses numbers too large for their place, and paths through what is no container.
 */
export function parsePath(
  statement: Statement,
  text: string,
  prefix: AttributePath,
  known: DictionaryBuilder,
): ParsedPath {
  const numbers = [...prefix, ...text.split('.').map((part) => parseNumber(statement, part, MOST_INTERNAL))];
  const vendorAt = vendorPlace(numbers);
  for (let length = 1; length < numbers.length; length += 1) {
    const wanted = wantedTypes(numbers, length, vendorAt);
    if (wanted !== undefined) expectContainer(statement, numbers.slice(0, length), wanted, known);
  }
  const vendorId = vendorAt === undefined ? undefined : numbers[vendorAt];
  if (vendorId !== undefined) expectVendor(statement, vendorId, known);
  if (vendorAt === numbers.length - 1) refuse(statement, 'bad-number', `${text} is a vendor, not an attribute`);
  expectRange(statement, numbers, mostAt(numbers, vendorAt, known));
  return { numbers, vendorId };
}

/** The index of the vendor's number in a path: behind 26, or behind 26 inside an extended attribute. */
export function vendorPlace(numbers: AttributePath): number | undefined {
  if (numbers[0] === VENDOR_SPECIFIC && numbers.length > 1) return 1;
  if (isExtended(numbers[0]) && numbers[1] === VENDOR_SPECIFIC && numbers.length > 2) return 2;
  return undefined;
}

/** Types 241 to 246 (RFC 6929 §2). */
export function isExtended(type: number | undefined): boolean {
  return type !== undefined && type >= 241 && type <= 246;
}

/** Types 245 and 246 (RFC 6929 §2.2). */
export function isLongExtended(type: number | undefined): boolean {
  return type === 245 || type === 246;
}

// What the attribute at the first `length` numbers has to be, so that the next number may stand in it.
function wantedTypes(numbers: AttributePath, length: number, vendorAt: number | undefined): ValueType[] | undefined {
  if (vendorAt !== undefined && length === vendorAt + 1) return undefined; // the vendor itself
  if (length === vendorAt) return length === 1 ? undefined : ['evs'];
  return length === 1 && isExtended(numbers[0]) ? ['extended', 'long-extended'] : ['tlv'];
}

function expectContainer(
  statement: Statement,
  path: AttributePath,
  wanted: readonly ValueType[],
  known: DictionaryBuilder,
): void {
  const parent = known.attributeAt(path);
  if (parent === undefined) return refuse(statement, 'unknown-parent', `there is no attribute ${path.join('.')}`);
  if (wanted.includes(parent.type)) return;
  const text = `${parent.name} (${parent.path}) is of type ${parent.type}, not ${wanted.join(' or ')}`;
  refuse(statement, 'unknown-parent', text);
}

function expectVendor(statement: Statement, id: number, known: DictionaryBuilder): void {
  if (known.vendor(id) === undefined) refuse(statement, 'unknown-vendor', `there is no vendor ${id}`);
}

function mostAt(numbers: AttributePath, vendorAt: number | undefined, known: DictionaryBuilder): number {
  if (numbers.length === 1) return MOST_INTERNAL;
  const vendor = known.vendor(numbers[vendorAt ?? -1] ?? 0);
  const isVendorType = vendorAt === 1 && numbers.length === 3;
  return isVendorType && vendor !== undefined ? 2 ** (8 * vendor.typeOctets) - 1 : MOST_OCTET;
}

function expectRange(statement: Statement, numbers: AttributePath, most: number): void {
  const last = numbers.at(-1) ?? 0;
  if (last > most) refuse(statement, 'bad-number', `${last} is more than ${most}`);
  if (last === 0 && vendorPlace(numbers) === undefined) refuse(statement, 'bad-number', 'no attribute has number 0');
}
