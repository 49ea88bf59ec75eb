import type { Visit } from './visit.ts';

const MAX_NAME = 253;

// Marks above and below letters, what is not seen, and two signs that directories leave out as well (RFC 4518 §2.2).
const IGNORED = /[\p{M}\p{C}\p{DI}\u1806\ufffc]/gu;

// Letters that directories take for others although Unicode does not take them apart. Case does not matter in a name.
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
};
// Letters that are plain already, and no space: nothing to be looked for but a domain.
const PLAIN = /^[!-~]*$/;
const DOMAIN_SIGN = /[\\/@%]/;
const REALM = /[@%]/;
const SPACES = /\s+/g;
const NONE: readonly string[] = [];
const UNUSUAL = /[ßæœøłđðþħŧı]/giu;

/**
 * Names that a directory upstream may take for the same user as this one: without a domain before or behind it, in
 * plain letters, without accents. Never the name itself; a name that many share may be among them.
 */
export function otherNames(text: string): readonly string[] {
  if (PLAIN.test(text)) return DOMAIN_SIGN.test(text) ? othersOf(text, bare(text)) : NONE;
  return othersOf(
    text,
    [text, ...bare(text)].flatMap((name) => [name, plain(name), ...bare(plain(name))]),
  );
}

/** The same of a visit, and the names of those whom a directory knows by one of them. */
export function otherNamesOf({ username, lookalikes = [] }: Pick<Visit, 'username' | 'lookalikes'>): readonly string[] {
  const names = otherNames(username.text);
  return lookalikes.length === 0 ? names : [...names, ...lookalikes.map(({ name }) => name)];
}

function othersOf(text: string, names: readonly string[]): readonly string[] {
  const others = new Set(names);
  others.delete(text);
  return [...others].filter((name) => name.length > 0 && name.length <= MAX_NAME);
}

// `DOMAIN\user`, `realm/user`, `user@realm` (RFC 7542 §2.2), `user%realm`. A realm may hold what stands behind a domain, and a
// home server takes off first whichever it looks for: `alice@any/realm` is alice to one.
function bare(name: string): readonly string[] {
  return [withoutRealm(withoutPrefix(name)), withoutPrefix(withoutRealm(name))];
}

function withoutPrefix(name: string): string {
  const from = Math.max(name.lastIndexOf('\\'), name.lastIndexOf('/')) + 1;
  return from === 0 ? name : name.slice(from);
}

function withoutRealm(name: string): string {
  const end = name.search(REALM);
  return end < 0 ? name : name.slice(0, end);
}

function plain(name: string): string {
  const letters = name.normalize('NFKD').replace(UNUSUAL, (letter) => LETTERS[letter.toLowerCase()] ?? letter);
  return letters.replace(IGNORED, '').replace(SPACES, ' ').trim();
}
