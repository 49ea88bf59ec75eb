import { XMLParser } from 'fast-xml-parser';
import { FileProblem, RowProblem } from '../import/problem.ts';
import { requireWellFormed } from './well-formed.ts';

/** An element; its parts are reached through the functions of this file. */
export interface XmlElement {
  readonly content: Readonly<Record<string | symbol, unknown>>;
}

const ATTRIBUTE = '@';
const TEXT = '#text';
// A key container nests about 12 deep.
const MAX_DEPTH = 50;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: ATTRIBUTE,
  textNodeName: TEXT,
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  alwaysCreateTextNode: true,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH,
  captureMetaData: true,
  isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
});
const metaData = XMLParser.getMetaDataSymbol() as unknown as symbol;

/**
 * Reads XML to its outermost element of that name. A document type is refused, and with it every entity but the five of
 * XML itself: no expansion, no outside file. Throws `FileProblem`, never quoting the text.
 */
export function parseXml(text: string, rootName: string): XmlElement {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new FileProblem('XML with a document type or entities is refused');
  requireWellFormed(text);
  const root = element({ content: parseText(text) }, rootName);
  if (root === undefined) throw new FileProblem(`this XML is no ${rootName}`);
  return root;
}

function parseText(text: string): XmlElement['content'] {
  try {
    return parser.parse(text) as XmlElement['content'];
  } catch (error) {
    // The library's messages quote what they have read.
    throw new FileProblem('the XML cannot be read', { cause: error });
  }
}

/** The elements of that name (without its prefix) directly below. */
export function elements(parent: XmlElement, name: string): XmlElement[] {
  const found = Object.hasOwn(parent.content, name) ? parent.content[name] : undefined;
  if (!Array.isArray(found)) return [];
  return found.map((content: unknown) => ({ content: content as XmlElement['content'] }));
}

/** The one element at the end of that path; `undefined` when it is not there. Throws `RowProblem` when there are several. */
export function element(parent: XmlElement, ...path: readonly string[]): XmlElement | undefined {
  let at: XmlElement | undefined = parent;
  for (const name of path) {
    if (at === undefined) return undefined;
    const found: XmlElement[] = elements(at, name);
    if (found.length > 1) throw new RowProblem(`there is more than one ${name}`);
    at = found[0];
  }
  return at;
}

/** The names of the elements directly below. */
export function elementNames(parent: XmlElement): string[] {
  return Object.keys(parent.content).filter((name) => name !== TEXT && !name.startsWith(ATTRIBUTE));
}

/** The text at the end of that path, without white space around it; '' when it is not there. */
export function textOf(parent: XmlElement, ...path: readonly string[]): string {
  const text = element(parent, ...path)?.content[TEXT];
  return typeof text === 'string' ? decodeReferences(text).trim() : '';
}

/** An attribute; `undefined` when it is not there. */
export function attribute(of: XmlElement | undefined, name: string): string | undefined {
  const value = of?.content[ATTRIBUTE + name];
  return typeof value === 'string' ? decodeReferences(value) : undefined;
}

/** Where an element begins, in characters from the start of the text. */
export function positionOf({ content }: XmlElement): number {
  const found = content[metaData] as { readonly startIndex?: number } | undefined;
  return found?.startIndex ?? 0;
}

const references: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const MAX_CODE_POINT = 0x10ffff;

function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#x([0-9a-f]{1,6});|#(\d{1,7});|(\w{1,8});)?/gi,
    (_, hex?: string, dec?: string, name?: string) => {
      const codePoint = hex === undefined ? Number(dec ?? Number.NaN) : Number.parseInt(hex, 16);
      const character = codePoint <= MAX_CODE_POINT ? String.fromCodePoint(codePoint) : references.get(name ?? '');
      if (character === undefined) throw new RowProblem('there is an entity that XML does not define by itself');
      return character;
    },
  );
}

/** Text as it stands in XML, between tags or in an attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
