import type { AddressOctets } from '../lib/ip.ts';
import { nameKey } from '../lib/name-key.ts';

/** Who somebody is: names as `nameKey` gives them, groups as `groupKey` does. */
export interface Identity {
  readonly userKeys: readonly string[];
  readonly groupKeys: readonly string[];
}

/** What rules are asked about. */
export interface Facts {
  /** Name of the client. */
  readonly client: string;
  /** Who it is for sure: what loosens a rule goes by this. */
  readonly identity: Identity;
  /**
   * Who it may be, where the name is known to nobody here but a home server may take it for another: what shuts a user out
   * goes by this. The same as `identity` for everybody who is known.
   */
  readonly widest: () => Identity;
  /** Of the user, as the NAS tells it; `undefined` where it tells none. */
  readonly address: AddressOctets | undefined;
  /** Wall time. */
  readonly nowMs: number;
}

/**
 * One spelling of a group's name for comparisons: case does not matter, and in a distinguished name neither do spaces
 * around its separators nor the ways to escape a character (RFC 4514 §2.4, §3).
 */
export function groupKey(name: string): string {
  const trimmed = name.trim();
  return trimmed.includes('=') ? dnKey(trimmed) : nameKey(trimmed);
}

function dnKey(dn: string): string {
  return splitUnescaped(dn, /[,;]/)
    .map((part) => {
      const [type = '', ...value] = part.split('=');
      return `${nameKey(type.trim())}=${escaped(nameKey(unescaped(trimUnescaped(value.join('=')))))}`;
    })
    .join(',');
}

function splitUnescaped(text: string, separator: RegExp): string[] {
  const parts = [''];
  for (const [piece] of text.matchAll(/\\.|[^\\]|\\$/gsu)) {
    if (separator.test(piece) && piece.length === 1) parts.push('');
    else parts.push((parts.pop() ?? '') + piece);
  }
  return parts;
}

// A space behind a backslash belongs to the value.
function trimUnescaped(text: string): string {
  return text.trimStart().replace(/(?<!\\) +$/, '');
}

// `\2C` stands for the octet, `\,` for the character.
function unescaped(value: string): string {
  return value.replace(/(?:\\[0-9a-f]{2})+|\\(.)/gisu, (all, character: string | undefined) => {
    return character ?? Buffer.from(all.replaceAll('\\', ''), 'hex').toString('utf8');
  });
}

function escaped(value: string): string {
  return value.replace(/[\\,;=]/g, '\\$&');
}
