import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { SourceFile } from './sources.ts';

/** One name that a file gives to others, and where it is defined. */
export interface Definition {
  readonly name: string;
  readonly path: string;
  /** `undefined`: the name was not found there. */
  readonly node: ts.Node | undefined;
}

/** What a file exports, followed to the definitions; `sources` by path. */
export function definitionsOf(path: string, sources: ReadonlyMap<string, SourceFile>): Definition[] {
  const source = sources.get(path);
  if (source === undefined) return [{ name: '*', path, node: undefined }];
  return source.tree.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return followed(statement, path, sources);
    return isExported(statement) ? ownDefinitions(statement, path) : [];
  });
}

function followed(
  { moduleSpecifier, exportClause }: ts.ExportDeclaration,
  path: string,
  sources: ReadonlyMap<string, SourceFile>,
): Definition[] {
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return [];
  const target = join(dirname(path), moduleSpecifier.text);
  const offered = definitionsOf(target, sources);
  if (exportClause === undefined || ts.isNamespaceExport(exportClause)) return offered;
  return exportClause.elements.flatMap(({ name, propertyName }) => {
    const wanted = (propertyName ?? name).text;
    const found = offered.filter((definition) => definition.name === wanted);
    return found.length > 0 ? found : [{ name: wanted, path: target, node: undefined }];
  });
}

function ownDefinitions(statement: ts.Statement, path: string): Definition[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => ({ name: name.getText(), path, node: statement }));
  }
  const { name } = statement as ts.DeclarationStatement;
  return [{ name: name?.getText() ?? 'default', path, node: statement }];
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

/** Whether a definition has a docstring that says something. */
export function isDocumented(node: ts.Node): boolean {
  return ts
    .getJSDocCommentsAndTags(node)
    .some((part) => ts.isJSDoc(part) && (ts.getTextOfJSDocComment(part.comment) ?? '').trim() !== '');
}
