import { nameKey } from '../lib/name-key.ts';

/** The longest User-Name (RFC 2865 §5.1). */
const MAX_NAME_OCTETS = 253;

// Control characters, those that turn the direction of text, and the sign for undecodable octets.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A user's name as text and in its one spelling. */
export interface Username {
  /** As it was sent. */
  readonly text: string;
  /** Without a domain that the client takes off. */
  readonly name: string;
  /** Of `name`: the same however it is spelt. */
  readonly key: string;
}

/** What the log says of a User-Name that is no name: its octets, made harmless and short. */
export function garbledName(octets: Buffer): Username {
  const text = octets.toString('latin1', 0, 64).replace(new RegExp(CONTROL, 'g'), '?');
  return { text, name: text, key: '' };
}

/**
 * The name in a User-Name, by the client's charset and without those domains (lower case); `undefined` when it is no name:
 * empty, not text, control characters.
 */
export function readUsername(
  octets: Buffer,
  charset: 'utf-8' | 'latin1',
  domains: readonly string[] = [],
): Username | undefined {
  if (octets.length === 0 || octets.length > MAX_NAME_OCTETS) return undefined;
  const text = decodeText(octets, charset);
  if (text === undefined || CONTROL.test(text) || text.trim() !== text) return undefined;
  const name = withoutDomain(text, domains);
  return { text, name, key: nameKey(name) };
}

// `CORP\alice`, `alice@corp.example.com` (RFC 7542 §2.2). One domain and no more, and never one that is not listed: the
// alice of another domain is somebody else.
function withoutDomain(text: string, domains: readonly string[]): string {
  if (domains.length === 0) return text;
  const { domain, name } = splitDomain(text);
  const isName = name !== '' && name.trim() === name;
  return isName && domains.includes(domain.toLowerCase()) ? name : text;
}

function splitDomain(text: string): { readonly domain: string; readonly name: string } {
  const slash = text.indexOf('\\');
  if (slash >= 0) return { domain: text.slice(0, slash), name: text.slice(slash + 1) };
  const at = text.lastIndexOf('@');
  return at < 0 ? { domain: '', name: text } : { domain: text.slice(at + 1), name: text.slice(0, at) };
}

/** Text in the client's charset; `undefined` when the octets are none. */
export function decodeText(octets: Buffer, charset: 'utf-8' | 'latin1'): string | undefined {
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
