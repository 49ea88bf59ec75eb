import { AttributeType, MAX_VALUE_OCTETS, type Attribute } from '../radius/index.ts';

// C0, DEL and C1 (Unicode category Cc), and what would split a line or turn its direction.
const BREAKS = /[\t\r\n\v\f\u0085\u2028\u2029]+/g;
const CONTROLS = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * What the user reads, as Reply-Message attributes (RFC 2865 §5.18): each at most 253 octets, cut between characters,
 * without control characters (line breaks become spaces). None for a text without anything to show.
 * With `latin1`, characters beyond U+00FF become `?`.
 */
export function replyMessages(text: string, charset: 'utf-8' | 'latin1'): Attribute[] {
  const clean = text.replace(BREAKS, ' ').replace(CONTROLS, '').trim();
  const octets = charset === 'latin1' ? latin1(clean) : Buffer.from(clean, 'utf8');
  const attributes: Attribute[] = [];
  for (let from = 0; from < octets.length;) {
    const end = charset === 'latin1' ? from + MAX_VALUE_OCTETS : characterEnd(octets, from + MAX_VALUE_OCTETS);
    attributes.push({ type: AttributeType.replyMessage, value: octets.subarray(from, end) });
    from = end;
  }
  return attributes;
}

function latin1(text: string): Buffer {
  return Buffer.from(text.normalize('NFC').replace(/[^\u0000-\u00ff]/gu, '?'), 'latin1');
}

// RFC 3629 §3: the octets 10xxxxxx continue a character.
function characterEnd(octets: Buffer, limit: number): number {
  let end = limit;
  while (end < octets.length && ((octets[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
