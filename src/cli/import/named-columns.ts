import { delimiters, parseCsvLine } from './csv-line.ts';
import type { Delimiter } from './csv-line.ts';

/** By which headings a column is known: small letters, without spaces and signs. The first one that is there counts. */
export type Headings<Column extends string> = Readonly<Record<Column, readonly string[]>>;

/** Where the columns of a file stand. */
export interface NamedColumns<Column extends string> {
  /** Position of each column that is there. */
  readonly positions: Readonly<Partial<Record<Column, number>>>;
  /** Headings of columns that are not used, as written. */
  readonly extra: readonly string[];
}

/** The columns that the cells of a heading line name, and those they name besides. */
export function findNamedColumns<Column extends string>(
  headings: Headings<Column>,
  cells: readonly string[],
): NamedColumns<Column> {
  const plain = cells.map((cell) => cell.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const found = Object.entries<readonly string[]>(headings).flatMap(([column, names]) => {
    const name = names.find((candidate) => plain.includes(candidate));
    return name === undefined ? [] : [[column, plain.indexOf(name)] as const];
  });
  const used = new Set(found.map(([, position]) => position));
  return {
    positions: Object.fromEntries(found) as Partial<Record<Column, number>>,
    extra: cells.filter((cell, position) => cell !== '' && !used.has(position)),
  };
}

/** A heading line read with each delimiter that fits it, the one that names most columns first. */
export function readHeadingLine<Column extends string>(
  headings: Headings<Column>,
  line: string,
): (NamedColumns<Column> & { readonly delimiter: Delimiter })[] {
  const layouts = delimiters.flatMap((delimiter) => {
    const parsed = parseCsvLine(line, delimiter);
    return parsed.kind === 'cells' ? [{ delimiter, ...findNamedColumns(headings, parsed.cells) }] : [];
  });
  return layouts.toSorted((a, b) => countColumns(b) - countColumns(a));
}

/** How many columns were found. */
export function countColumns({ positions }: NamedColumns<string>): number {
  return Object.keys(positions).length;
}

/** Headings under which files of several makers have the name of a user. */
export const usernameHeadings = ['username', 'upn', 'userprincipalname', 'user', 'login', 'samaccountname'] as const;
