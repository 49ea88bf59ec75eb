import { AttributeType, type ClearAttribute } from '../attribute.ts';
import type { AttributePath, Dictionary } from './dictionary.ts';
import { encodeText } from './value.ts';
import { wrap } from './wrap.ts';
import type { AttributeDefinition } from './types.ts';

/** Why a value cannot be sent. */
export type EncodeRefusal = 'unknown-attribute' | 'not-sendable' | 'bad-tag' | 'bad-value' | 'too-long';

/** The attributes that carry a value (several only for long ones), or why there are none; `problem` is a sentence without the value. */
export type EncodedValue =
  | { readonly kind: 'encoded'; readonly attributes: readonly ClearAttribute[] }
  | { readonly kind: 'refused'; readonly reason: EncodeRefusal; readonly problem: string };

/** RFC 2868 §3.5: what fits behind tag and salt in whole blocks, less the octet of length. */
const MAX_SALTED_OCTETS = 239;

const MAX_TAG = 0x1f;

/**
 * The attributes for a name and a value in text, in a vendor's wrapping where one is due.
 * `Tunnel-Type:1` sets a tag; `Attr-26.9.1` names numbers, and takes `0x…`. Text of type octets may be `0x…` or plain.
 * A value the wire hides by salt comes in clear, marked `hidden: 'salted'`.
 */
export function encodeValue(dictionary: Dictionary, name: string, text: string): EncodedValue {
  const raw = /^Attr-(\d+(?:\.\d+)*)$/i.exec(name)?.[1];
  if (raw !== undefined) return encodeRaw(dictionary, name, raw.split('.').map(Number), text);
  const [, plainName = name, tagText] = /^(.+):(\d+)$/.exec(name) ?? [];
  const definition = dictionary.attribute(plainName);
  if (definition === undefined) return refused('unknown-attribute', `there is no attribute ${plainName}`);
  return encodeDefined(dictionary, definition, tagText === undefined ? undefined : Number(tagText), text);
}

function encodeRaw(dictionary: Dictionary, name: string, numbers: AttributePath, text: string): EncodedValue {
  const octets = /^0x(?:[\da-f]{2})+$/i.test(text) ? Buffer.from(text.slice(2), 'hex') : undefined;
  if (octets === undefined) return refused('bad-value', `${name} takes octets as 0x…`);
  return finish(name, wrap(numbers, octets, dictionary));
}

function encodeDefined(
  dictionary: Dictionary,
  definition: AttributeDefinition,
  tag: number | undefined,
  text: string,
): EncodedValue {
  const { encryption, name } = definition;
  if (!isSendable(dictionary, definition)) return refused('not-sendable', `${name} cannot be sent`);
  if (tag !== undefined && (!definition.hasTag || tag > MAX_TAG)) return refused('bad-tag', badTag(definition));
  const octets = encodeText(definition, text);
  if (octets === undefined || octets.length === 0) return refused('bad-value', badValue(definition));
  const tagged = addTag(definition, tag ?? 0, octets);
  if (tagged === undefined) return refused('bad-value', `${name} has a tag: its value is less than 2^24`);
  const attributes = wrap(definition.numbers, tagged, dictionary);
  if (encryption === 'none') return finish(name, attributes);
  if (octets.length > MAX_SALTED_OCTETS) return finish(name, undefined);
  return finish(
    name,
    attributes?.map((attribute) => ({ ...attribute, hidden: 'salted' as const })),
  );
}

// Salted ones are those that hidden-reply.ts can hide; RFC 2865 §5.2 and Ascend hiding are never ours to send in a reply.
function isSendable(dictionary: Dictionary, definition: AttributeDefinition): boolean {
  const { encryption, isInternal, isVirtual, numbers, vendorId } = definition;
  if (isInternal || isVirtual) return false;
  if (encryption === 'none') return true;
  if (encryption !== 'tunnel-password') return false;
  if (vendorId === undefined) return definition.path === String(AttributeType.tunnelPassword);
  return dictionary.saltedVendorTypes().has(vendorId * 256 + (numbers[2] ?? 0)) && numbers.length === 3;
}

// RFC 2868 §3.1: numbers always carry a tag, text only where one is set or its first octet would look like one.
function addTag({ encryption, hasTag, type }: AttributeDefinition, tag: number, octets: Buffer): Buffer | undefined {
  if (!hasTag) return octets;
  const first = octets[0] ?? 0;
  if (type === 'integer') return first === 0 ? Buffer.concat([Buffer.from([tag]), octets.subarray(1)]) : undefined;
  const needsTag = tag > 0 || first <= MAX_TAG || encryption !== 'none';
  return needsTag ? Buffer.concat([Buffer.from([tag]), octets]) : octets;
}

function finish(name: string, attributes: readonly ClearAttribute[] | undefined): EncodedValue {
  return attributes === undefined
    ? refused('too-long', `the value does not fit into ${name}`)
    : { kind: 'encoded', attributes };
}

function refused(reason: EncodeRefusal, problem: string): EncodedValue {
  return { kind: 'refused', reason, problem };
}

function badTag({ hasTag, name }: AttributeDefinition): string {
  return hasTag ? `the tag of ${name} is at most ${MAX_TAG}` : `${name} has no tag`;
}

function badValue({ lengthOctets, name, type, values }: AttributeDefinition): string {
  const names = [...values.byNumber.values()];
  const length = lengthOctets === undefined ? '' : ` of ${lengthOctets} octets`;
  const named = names.length === 0 ? '' : `, or one of ${names.join(', ')}`;
  return `${name} takes a value of type ${type}${length}${named}`;
}
