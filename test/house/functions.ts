import ts from 'typescript';
import type { SourceFile } from './sources.ts';

/** A function and its length. */
export interface Measured {
  /** As in `src/server/exchange.ts: receive`. */
  readonly name: string;
  readonly lines: number;
}

/** Every function of a file with its lines, those of functions declared within it not counted: they stand by themselves. */
export function measureFunctions({ path, tree }: SourceFile): Measured[] {
  const measured: Measured[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunction(node)) measured.push({ name: `${path}: ${nameOf(node)}`, lines: ownLines(node) });
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return measured;

  function ownLines(node: ts.Node): number {
    return linesOf(node) - declaredWithin(node).reduce((sum, inner) => sum + linesOf(inner), 0);
  }

  function linesOf(node: ts.Node): number {
    const first = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line;
    return tree.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
  }
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

function nameOf(node: ts.FunctionLikeDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const { parent } = node;
  const isNamed =
    ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  return isNamed ? parent.name.getText() : 'a function without a name';
}

function declaredWithin(node: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (inner: ts.Node): void => {
    if (ts.isFunctionDeclaration(inner) || ts.isMethodDeclaration(inner)) found.push(inner);
    else ts.forEachChild(inner, visit);
  };
  ts.forEachChild(node, visit);
  return found;
}
