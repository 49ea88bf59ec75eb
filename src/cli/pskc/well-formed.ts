import { FileProblem } from '../import/problem.ts';

// Text, comment, CDATA, processing instruction, or a tag with its name and whether it closes what it opens.
const PIECE =
  /[^<]+|<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<(\/?)([^\s<>/"'=]+)((?:\s+[^\s<>/"'=]+\s*=\s*(?:"[^"<]*"|'[^'<]*')){0,64})\s*(\/?)>/y;

// Some 20,000 keys. Each element costs the parser ten times the memory of its text.
const MAX_ELEMENTS = 500_000;
// The longest are certificates, of some thousand characters.
const MAX_PIECE_CHARACTERS = 65_536;

/**
 * Refuses XML that breaks off or whose tags do not match (the parser would make something of it), attributes that are
 * there twice, and more elements than a file of tokens has. The first mistake ends it: no text can make it go through the rest again and again. Throws `FileProblem`.
 */
export function requireWellFormed(text: string): void {
  const open: string[] = [];
  let roots = 0;
  let tags = 0;
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const at = PIECE.lastIndex;
    const piece = PIECE.exec(text);
    if (piece === null) throw broken(text, at);
    if (piece[0].length > MAX_PIECE_CHARACTERS) throw new FileProblem('a piece of its text is too long');
    const [whole, close, name, attributes = '', isEmpty] = piece;
    if (name === undefined) {
      if (open.length === 0 && !whole.startsWith('<') && whole.replace('\ufeff', '').trim() !== '')
        throw broken(text, at);
      continue;
    }
    tags += 1;
    if (tags > 2 * MAX_ELEMENTS) throw new FileProblem('it has too many elements: split it');
    if (close === '' && open.length === 0) roots += 1;
    if (roots > 1 || hasRepeats(attributes)) throw broken(text, at);
    if (close === '/') {
      if (open.pop() !== name || attributes !== '' || isEmpty === '/') throw broken(text, at);
    } else if (isEmpty === '') open.push(name);
  }
  if (open.length > 0 || roots === 0) throw broken(text, text.length);
}

function hasRepeats(attributes: string): boolean {
  if (attributes === '') return false;
  const names = [...attributes.matchAll(/\s([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')/g)].map(([, name = '']) => name);
  return new Set(names).size < names.length;
}

function broken(text: string, at: number): FileProblem {
  let line = 1;
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', end + 1)) line += 1;
  return new FileProblem(`the XML is broken at line ${line}`);
}
