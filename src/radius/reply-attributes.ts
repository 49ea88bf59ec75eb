import { AttributeType, type ClearAttribute } from './attribute.ts';
import { encodeValue, type AttributeDefinition, type AttributePath, type Dictionary } from './dictionary/index.ts';
import type { EncodedValue } from './dictionary/index.ts';
import { microsoftAttributes } from './vendor.ts';

const MICROSOFT = 311;

/** What belongs to the hop, to a password or to a conversation: nobody but the protocol itself may say it in an Accept. */
const NOT_TO_BE_SET: ReadonlySet<number> = new Set([
  AttributeType.userPassword,
  AttributeType.chapPassword,
  AttributeType.state,
  AttributeType.vendorSpecific, // as a whole; its parts have names
  AttributeType.proxyState,
  AttributeType.chapChallenge,
  AttributeType.prompt,
  AttributeType.eapMessage,
  AttributeType.messageAuthenticator,
]);

/** MS-CHAP and the keys of a session (RFC 2548 §2): they are worth something only from whoever checked the password. */
const MICROSOFT_NOT_TO_BE_SET: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 11, 12, 16, 17, 25, 26, 27]);

const NUMBER_TYPES: readonly AttributeDefinition['type'][] = [
  'integer',
  'byte',
  'short',
  'signed',
  'integer64',
  'date',
];

/**
 * The attributes of an Accept for a name and a value, as `encodeValue` makes them; a number or `true` only where the
 * attribute holds one (`0x10` without quotes would be the number 16 to YAML, and not the octets).
 */
export function encodeReplyAttribute(
  dictionary: Dictionary,
  name: string,
  value: string | number | boolean,
): EncodedValue {
  const place = placeOf(dictionary, name);
  if (place === undefined)
    return { kind: 'refused', reason: 'unknown-attribute', problem: 'there is no such attribute' };
  const { numbers, isRaw, definition } = place;
  if (isForbidden(numbers)) return notSendable('cannot be set: it belongs to the protocol itself');
  if (isRaw && definition !== undefined && definition.encryption !== 'none')
    return notSendable(`is hidden on the wire: use its name, ${definition.name}`);
  const text = textOf(value, isRaw ? undefined : definition);
  if (text === undefined) return { kind: 'refused', reason: 'bad-value', problem: 'is no number: put it in quotes' };
  return encodeValue(dictionary, name, text);
}

/** Which attributes a name means, for taking them out of others. */
export interface AttributeSelector {
  readonly numbers: AttributePath;
  readonly tag: number | undefined;
}

/** The attributes of that name; `no`: it stands inside another and cannot be told by itself; `unknown`: there is none. */
export function selectorOf(dictionary: Dictionary, name: string): AttributeSelector | 'no' | 'unknown' {
  const place = placeOf(dictionary, name);
  if (place === undefined) return 'unknown';
  const { numbers, tag, definition } = place;
  if (tag !== undefined && definition?.hasTag !== true) return 'unknown';
  const [type = 0] = numbers;
  const isVendor = type === AttributeType.vendorSpecific;
  const isExtended = type >= 241 && type <= 246;
  const mostNumbers = isVendor ? 3 : isExtended ? 2 : 1;
  return numbers.length <= mostNumbers && type <= 255 ? { numbers, tag } : 'no';
}

interface Place {
  readonly numbers: AttributePath;
  readonly tag: number | undefined;
  readonly isRaw: boolean;
  readonly definition: AttributeDefinition | undefined;
}

function placeOf(dictionary: Dictionary, name: string): Place | undefined {
  const raw = /^Attr-(\d{1,10}(?:\.\d{1,10})*)$/i.exec(name)?.[1];
  if (raw !== undefined) {
    const numbers = raw.split('.').map(Number);
    return { numbers, tag: undefined, isRaw: true, definition: dictionary.attributeAt(numbers) };
  }
  const [, plain = name, tag] = /^(.+):(\d{1,3})$/.exec(name) ?? [];
  const definition = dictionary.attribute(plain);
  if (definition === undefined) return undefined;
  return { numbers: definition.numbers, tag: tag === undefined ? undefined : Number(tag), isRaw: false, definition };
}

function isForbidden([type = 0, vendor, vendorType = 0, ...deeper]: AttributePath): boolean {
  if (type !== AttributeType.vendorSpecific) return NOT_TO_BE_SET.has(type);
  if (vendor === undefined || (vendorType === 0 && deeper.length === 0 && vendor === MICROSOFT)) return true;
  return vendor === MICROSOFT && MICROSOFT_NOT_TO_BE_SET.has(vendorType);
}

function textOf(value: string | number | boolean, definition: AttributeDefinition | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return definition?.type === 'bool' ? String(Number(value)) : undefined;
  const isNumber = definition !== undefined && NUMBER_TYPES.includes(definition.type) && Number.isSafeInteger(value);
  return isNumber ? String(value) : undefined;
}

function notSendable(problem: string): EncodedValue {
  return { kind: 'refused', reason: 'not-sendable', problem };
}

/** RFC 2865 §5.44, RFC 2869 §5.19, RFC 3162 §3: what stands in an Accept once at most. */
const ONCE: ReadonlySet<number> = new Set([
  1, 6, 7, 8, 9, 10, 12, 15, 16, 19, 20, 23, 27, 28, 29, 34, 36, 37, 39, 62, 63, 78, 84, 85, 88, 96, 100,
]);

/** Of Microsoft: MS-RDG-Device-Redirection, whose bits say all that may be redirected. */
const MICROSOFT_ONCE: ReadonlySet<number> = new Set([63]);
const VENDOR_SHIFT = 256;

// A number for what may stand once only; `undefined`: it may stand more often.
function onceKey({ type, value, hidden }: ClearAttribute): number | undefined {
  if (ONCE.has(type)) return type;
  if (type !== AttributeType.vendorSpecific || hidden !== undefined) return undefined;
  const [part, ...more] = microsoftAttributes(value);
  return part !== undefined && more.length === 0 && MICROSOFT_ONCE.has(part.type)
    ? VENDOR_SHIFT + part.type
    : undefined;
}

/**
 * A home server's attributes with ours behind them. What may stand once only is the first of ours where we have one; what
 * stands there already, octet for octet, is not said again.
 */
export function withOurs(
  theirs: readonly ClearAttribute[],
  ours: readonly ClearAttribute[],
): readonly ClearAttribute[] {
  if (ours.length === 0) return theirs;
  const oursOnce = new Set(ours.map(onceKey).filter((key) => key !== undefined));
  const merged = theirs.filter((attribute) => !oursOnce.has(onceKey(attribute) ?? 0));
  for (const attribute of ours) {
    const key = onceKey(attribute);
    const isThere = merged.some((other) => (key === undefined ? isSame(other, attribute) : onceKey(other) === key));
    if (!isThere) merged.push(attribute);
  }
  return merged;
}

function isSame(one: ClearAttribute, other: ClearAttribute): boolean {
  return one.type === other.type && one.hidden === other.hidden && one.value.equals(other.value);
}
