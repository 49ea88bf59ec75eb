import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

/** The repository. */
export const root = join(import.meta.dirname, '../..');

/** One TypeScript file, read and parsed. */
export interface SourceFile {
  /** From the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** One import of one file. */
export interface Edge {
  readonly from: string;
  /** A path from the repository, or the name of a package. */
  readonly to: string;
  /** Gone at runtime. */
  readonly isTypeOnly: boolean;
  /** Names taken from it; `*` for all of them. */
  readonly names: readonly string[];
}

/** All TypeScript files below a folder of the repository, in order. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted()
    .map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
}

/** Everything a file imports, re-exports or loads by `import()`. */
export function edgesOf({ path, tree }: SourceFile): Edge[] {
  const edges: Edge[] = [];
  const add = (specifier: ts.Node, isTypeOnly: boolean, names: readonly string[]): void => {
    if (ts.isStringLiteral(specifier))
      edges.push({ from: path, to: targetOf(path, specifier.text), isTypeOnly, names });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword, importedNames(node));
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node.moduleSpecifier, node.isTypeOnly, ['*']);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier !== undefined) add(specifier, false, ['*']);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true, ['*']);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return edges;
}

function importedNames({ importClause }: ts.ImportDeclaration): string[] {
  const bindings = importClause?.namedBindings;
  if (importClause?.name !== undefined || bindings === undefined || ts.isNamespaceImport(bindings)) return ['*'];
  return bindings.elements
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ name, propertyName }) => (propertyName ?? name).text);
}

function targetOf(path: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return relative(root, resolve(root, dirname(path), specifier))
    .split(sep)
    .join('/');
}

/** The room of a file under `src`; `undefined` for the files that stand beside the rooms and for packages. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}
