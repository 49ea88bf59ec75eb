const MAX_NAME = 253;

// Marks above and below letters, and what is not seen.
const IGNORED = /[\p{M}\p{C}\p{DI}]/gu;

/**
 * Names that a directory upstream may take for the same user as this one: without a domain before or behind it, in
 * plain letters, without accents. Never the name itself; a name that many share may be among them.
 */
export function otherNames(text: string): string[] {
  const names = new Set([text, bare(text)].flatMap((name) => [name, plain(name), bare(plain(name))]));
  names.delete(text);
  return [...names].filter((name) => name.length > 0 && name.length <= MAX_NAME);
}

// `DOMAIN\user`, `realm/user`, `user@realm` (RFC 7542 §2.2), `user%realm`.
function bare(name: string): string {
  const withoutPrefix = name.slice(name.search(/[^\\/]*$/));
  return withoutPrefix.split(/[@%]/, 1)[0] ?? '';
}

function plain(name: string): string {
  return name.normalize('NFKD').replace(IGNORED, '').trim();
}
