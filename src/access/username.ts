import { nameKey } from '../lib/name-key.ts';

/** The longest User-Name (RFC 2865 §5.1). */
const MAX_NAME_OCTETS = 253;

// Control characters, those that turn the direction of text, and the sign for undecodable octets.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A user's name as text and in its one spelling. */
export interface Username {
  readonly text: string;
  readonly key: string;
}

/** What the log says of a User-Name that is no name: its octets, made harmless and short. */
export function garbledName(octets: Buffer): Username {
  const text = octets.toString('latin1', 0, 64).replace(new RegExp(CONTROL, 'g'), '?');
  return { text, key: '' };
}

/** The name in a User-Name, by the client's charset; `undefined` when it is no name: empty, not text, control characters. */
export function readUsername(octets: Buffer, charset: 'utf-8' | 'latin1'): Username | undefined {
  if (octets.length === 0 || octets.length > MAX_NAME_OCTETS) return undefined;
  const text = decode(octets, charset);
  if (text === undefined || CONTROL.test(text) || text.trim() !== text) return undefined;
  return { text, key: nameKey(text) };
}

function decode(octets: Buffer, charset: 'utf-8' | 'latin1'): string | undefined {
  if (charset === 'latin1' || isAscii(octets)) return octets.toString('latin1');
  try {
    return utf8.decode(octets);
  } catch {
    return undefined;
  }
}

// The decoder's call costs ten times what looking at a name's octets does.
function isAscii(octets: Buffer): boolean {
  for (const octet of octets) if (octet > 0x7f) return false;
  return true;
}
