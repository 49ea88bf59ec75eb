import { RowProblem } from '../import/problem.ts';

// A user's name has at most 253 octets; escaped, each becomes two or three characters.
const MAX_CHARACTERS = 2_048;

// RFC 4514 §2.4: what has to stand behind a backslash in a value.
const SPECIAL = /[\\,+"<>;=#]/g;

/** A user's name as the distinguished name that a key container wants (RFC 6030 §4.2). */
export function userDn(username: string): string {
  const escaped = username.replace(SPECIAL, '\\$&').replace(/^ | $/g, '\\ ');
  return `UID=${escaped}`;
}

/**
 * The user's name in the UserId of a key container: `UID` of a distinguished name, else its `CN`; other text is the name
 * itself. `undefined` when there is none. Throws `RowProblem` for a text that is longer than any name.
 */
export function userOfId(text: string): string | undefined {
  if (text === '') return undefined;
  if (text.length > MAX_CHARACTERS) throw new RowProblem('its UserId is too long');
  if (!/^[a-z][a-z0-9.-]*\s*=/i.test(text)) return text;
  const parts = splitDn(text);
  const value = parts.get('uid') ?? parts.get('cn');
  return value === '' ? undefined : value;
}

/** Attributes of a distinguished name in small letters; the first one of a name counts. */
function splitDn(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  // A value runs to the next comma or plus sign that no backslash takes away.
  for (const [, name = '', value = ''] of text.matchAll(/\s*([a-z][a-z0-9.-]*)\s*=((?:\\.|[^\\,+])*)(?:[,+]|$)/gis)) {
    const key = name.toLowerCase();
    if (!parts.has(key)) parts.set(key, unescapeValue(value));
  }
  return parts;
}

function unescapeValue(value: string): string {
  const trimmed = value.trimStart().replace(/(?<!\\)\s+$/, '');
  // RFC 4514 §3: a backslash stands before one special character, or before two hexadecimal digits of UTF-8.
  return trimmed.replace(/(?:\\[0-9a-f]{2})+|\\(.)/gis, (escape, character?: string) =>
    character === undefined ? Buffer.from(escape.replaceAll('\\', ''), 'hex').toString('utf8') : character,
  );
}
