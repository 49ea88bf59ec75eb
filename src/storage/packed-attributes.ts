import type { Attribute } from '../radius/index.ts';

/** Attributes in their order, as they stand in a packet (RFC 2865 §5). */
export function packAttributes(attributes: readonly Attribute[]): Buffer {
  return Buffer.concat(attributes.flatMap(({ type, value }) => [Buffer.from([type, value.length + 2]), value]));
}

/** What `packAttributes` has packed. */
export function unpackAttributes(packed: Uint8Array): Attribute[] {
  const octets = Buffer.from(packed);
  const attributes: Attribute[] = [];
  for (let at = 0; at + 2 <= octets.length;) {
    const length = Math.max(2, octets[at + 1] ?? 0);
    attributes.push({ type: octets[at] ?? 0, value: octets.subarray(at + 2, at + length) });
    at += length;
  }
  return attributes;
}
