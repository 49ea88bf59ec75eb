// RFC 4514 §2.4: what has a meaning in a DN, and what has one at the ends of a value.
const SPECIAL = /["+,;<>\\=]/g;

/** A value as it stands in a DN. */
export function escapeDnValue(value: string): string {
  return value
    .replace(SPECIAL, (character) => `\\${character}`)
    .replace(/^[ #]/, (character) => `\\${character}`)
    .replace(/ $/, '\\ ')
    .replaceAll('\0', '\\00');
}

/** Attribute and value of the first part of a DN, the value without its escapes; `undefined` where it has none. */
export function firstRdn(dn: string): { readonly attribute: string; readonly value: string } | undefined {
  const [, attribute, escaped] = /^\s*([A-Za-z0-9.-]+)\s*=\s*((?:\\[^]|[^,+;\\])*)/.exec(dn) ?? [];
  if (attribute === undefined || escaped === undefined) return undefined;
  return { attribute: attribute.toLowerCase(), value: unescaped(escaped.replace(/(?<!\\)\s+$/, '')) };
}

/** One spelling of a DN for comparisons: directories change case and spaces between parts as they like. */
export function dnKey(dn: string): string {
  return dn
    .normalize('NFC')
    .toLowerCase()
    .replace(/\s*(?<!\\)([,=+])\s*/g, '$1');
}

// `\2C` is an octet of UTF-8, `\,` the character itself.
function unescaped(text: string): string {
  return text.replace(/(?:\\[0-9a-f]{2})+|\\([^])/gi, (all, character: string | undefined) =>
    character === undefined ? Buffer.from(all.replaceAll('\\', ''), 'hex').toString('utf8') : character,
  );
}
