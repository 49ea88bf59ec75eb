import { parse } from 'csv-parse/sync';

/** The cells of one line of CSV, or a sentence why it has none. */
export type CsvLine =
  { readonly kind: 'cells'; readonly cells: readonly string[] } | { readonly kind: 'broken'; readonly problem: string };

/** What may stand between cells. */
export const delimiters = [',', ';', '\t'] as const;
export type Delimiter = (typeof delimiters)[number];

/**
 * Reads one line. Lines are read one by one, so that a quote left open costs its own line and no other. What
 * spreadsheets wrap around text to keep it text (`="00123"`, `'00123`) is taken off.
 */
export function parseCsvLine(line: string, delimiter: Delimiter): CsvLine {
  try {
    const rows = parse(line, { delimiter, relax_quotes: true, relax_column_count: true, trim: true });
    return { kind: 'cells', cells: (rows[0] ?? []).map(unwrapCell) };
  } catch (error) {
    // The library's messages quote the line, and a line holds a secret.
    const code = (error as { code?: unknown }).code;
    if (typeof code !== 'string' || !code.startsWith('CSV_')) throw error;
    const isOpen = code === 'CSV_QUOTE_NOT_CLOSED';
    return { kind: 'broken', problem: isOpen ? 'a quote is not closed on its line' : 'the quotes make no sense' };
  }
}

function unwrapCell(cell: string): string {
  const formula = /^="(.*)"$/.exec(cell)?.[1];
  if (formula !== undefined) return formula.replaceAll('""', '"').trim();
  return /^'[=+\-@\d]/.test(cell) ? cell.slice(1) : cell;
}
