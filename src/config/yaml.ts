import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair, YAMLError } from 'yaml';
import type { Finding, Path } from './problem.ts';

/** A line and a column, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something in the text that is not YAML. */
export interface SyntaxProblem extends Position {
  readonly message: string;
}

/** A YAML document as plain data, with the way back from a path to its place in the text. */
export type YamlResult =
  | {
      readonly kind: 'read';
      readonly data: unknown;
      /** Keys that stand twice in one mapping; `data` has the last value. */
      readonly duplicates: readonly Finding[];
      positionOf(path: Path): Position;
    }
  | { readonly kind: 'broken'; readonly problems: readonly SyntaxProblem[] };

const MAX_ALIASES = 100;
const MAX_PROBLEMS = 20;

/** Reads YAML 1.2. Everything that is not YAML is reported together, unknown tags too. Never throws. */
export function readYaml(text: string): YamlResult {
  try {
    return read(text);
  } catch (error) {
    // The parser recurses and expands aliases: a document made to exhaust it ends here.
    const cause = error instanceof Error ? error.message : 'unknown error';
    return { kind: 'broken', problems: [{ line: 1, column: 1, message: sentence(cause) }] };
  }
}

function read(text: string): YamlResult {
  const lineCounter = new LineCounter();
  // Pretty errors quote the line they stand in, and the line may hold a secret.
  const options = { lineCounter, prettyErrors: false, stringKeys: true, uniqueKeys: false } as const;
  const document = parseDocument(text, options);
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) return { kind: 'broken', problems: syntaxProblems(faults, lineCounter) };
  const lost = lostAliases(document);
  if (lost.length > 0) {
    const message = sentence('an alias (*) of nothing; text that begins with * stands in quotes');
    return { kind: 'broken', problems: lost.map((offset) => ({ ...position(lineCounter, offset), message })) };
  }
  return {
    kind: 'read',
    data: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown,
    duplicates: duplicateKeys(document.contents, []),
    positionOf: (path) => position(lineCounter, offsetOf(document, path)),
  };
}

function syntaxProblems(faults: readonly YAMLError[], lineCounter: LineCounter): SyntaxProblem[] {
  const byMessage = new Map<string, SyntaxProblem>();
  for (const fault of faults) {
    const message = sentence(messages[fault.code] ?? fault.message);
    if (!byMessage.has(message)) byMessage.set(message, { ...position(lineCounter, fault.pos[0]), message });
  }
  return [...byMessage.values()].slice(0, MAX_PROBLEMS);
}

const messages: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'only one document fits in the file',
  TAG_RESOLVE_FAILED: 'an unknown tag (!); text that begins with ! stands in quotes',
  BAD_DQ_ESCAPE: 'an unknown \\ sequence in double quotes; in single quotes \\ stands for itself',
};

// The parser's messages end in the text they are about, which may be a secret.
function sentence(message: string): string {
  if (message.startsWith('Maximum call stack')) return 'cannot be read as YAML: nested too deeply';
  const withoutText = message.replace(/(?<=[\w)]): .*$/s, '');
  return `cannot be read as YAML: ${withoutText.replace(/\s+/g, ' ').trim()}`;
}

function lostAliases(document: Document.Parsed): number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) === undefined) offsets.push(alias.range?.[0] ?? 0);
    },
  });
  return offsets.slice(0, MAX_PROBLEMS);
}

function duplicateKeys(node: unknown, path: Path): Finding[] {
  if (isSeq(node)) return node.items.flatMap((item, index) => duplicateKeys(item, [...path, index]));
  if (!isMap(node)) return [];
  const seen = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : '';
    const here = [...path, name];
    const isRepeated = seen.has(name);
    seen.add(name);
    return [
      ...(isRepeated ? [{ path: here, message: 'stands here twice: keep one' }] : []),
      ...duplicateKeys(value, here),
    ];
  });
}

function position(lineCounter: LineCounter, offset: number): Position {
  const { line, col } = lineCounter.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

// Where the path leaves the document (a key that is missing), the nearest key above it is the place to look at.
function offsetOf(document: Document.Parsed, path: Path): number {
  let offset = start(document.contents) ?? 0;
  let node: unknown = document.contents;
  for (const step of path) {
    const holder: unknown = isAlias(node) ? node.resolve(document) : node;
    const child = childOf(holder, step);
    if (child === undefined) break;
    offset = (isPair(child) ? start(child.key) : start(child)) ?? offset;
    node = isPair(child) ? child.value : child;
  }
  return offset;
}

// The last of several equal keys is the one whose value counts.
function childOf(holder: unknown, step: string | number): Node | Pair | undefined {
  if (isMap(holder)) return holder.items.findLast(({ key }) => isScalar(key) && String(key.value) === step);
  if (!isSeq(holder) || typeof step !== 'number') return undefined;
  const item = holder.items[step];
  return isNode(item) ? item : undefined;
}

function start(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
