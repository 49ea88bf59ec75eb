const MAX_NAME = 253;

// Marks above and below letters, and what is not seen.
const IGNORED = /[\p{M}\p{C}\p{DI}]/gu;

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
const NONE: readonly string[] = [];
const UNUSUAL = /[ßæœøłđðþħŧı]/giu;

/**
 * Names that a directory upstream may take for the same user as this one: without a domain before or behind it, in
 * plain letters, without accents. Never the name itself; a name that many share may be among them.
 */
export function otherNames(text: string): readonly string[] {
  if (PLAIN.test(text)) {
    const name = bare(text);
    return name === text || name === '' || name.length > MAX_NAME ? NONE : [name];
  }
  const names = new Set([text, bare(text)].flatMap((name) => [name, plain(name), bare(plain(name))]));
  names.delete(text);
  return [...names].filter((name) => name.length > 0 && name.length <= MAX_NAME);
}

// `DOMAIN\user`, `realm/user`, `user@realm` (RFC 7542 §2.2), `user%realm`.
function bare(name: string): string {
  const from = Math.max(name.lastIndexOf('\\'), name.lastIndexOf('/')) + 1;
  const withoutPrefix = from === 0 ? name : name.slice(from);
  const end = withoutPrefix.search(/[@%]/);
  return end < 0 ? withoutPrefix : withoutPrefix.slice(0, end);
}

function plain(name: string): string {
  const letters = name.normalize('NFKD').replace(UNUSUAL, (letter) => LETTERS[letter.toLowerCase()] ?? letter);
  return letters.replace(IGNORED, '').trim();
}
