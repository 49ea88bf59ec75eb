import type { CliIo, Column } from './io.ts';
import { printPagedTable } from './paged-table.ts';
import { printableRow, safeJson } from './safe-text.ts';

/** How a report can be printed: for people, for spreadsheets, for programs (one array, or one object a line). */
export type ReportFormat = 'table' | 'csv' | 'json' | 'jsonl';

/** Prints items as they come and tells how many there were. */
export type ReportWriter<Item> = (items: AsyncIterable<Item>, io: CliIo) => Promise<number>;

/** What a report looks like. */
export interface ReportLook<Item, Row extends object> {
  readonly toRow: (item: Item) => Row;
  readonly csvColumns: readonly (keyof Row & string)[];
  readonly columns: readonly Column<Row>[];
  readonly empty: string;
}

/** A writer for each format. */
export function createReportWriters<Item, Row extends object>(
  look: ReportLook<Item, Row>,
): Readonly<Record<ReportFormat, ReportWriter<Item>>> {
  return {
    table: (items, io) => writeTable(look, items, io),
    csv: (items, io) => writeCsv(look, items, io),
    json: (items, io) => writeJson(look, items, io),
    jsonl: (items, io) => forEach(items, (item) => io.out(safeJson(look.toRow(item)))),
  };
}

async function writeTable<Item, Row extends object>(
  { toRow, columns, empty }: ReportLook<Item, Row>,
  items: AsyncIterable<Item>,
  io: CliIo,
): Promise<number> {
  const rows: Row[] = [];
  await forEach(items, (item) => rows.push(toRow(item)));
  await printPagedTable(io, { columns, rows, empty });
  return rows.length;
}

async function writeCsv<Item, Row extends object>(
  { toRow, csvColumns }: ReportLook<Item, Row>,
  items: AsyncIterable<Item>,
  io: CliIo,
): Promise<number> {
  const { stringify } = await import('csv-stringify/sync');
  io.out(stringify([csvColumns]));
  // A spreadsheet must not run a user name as a formula (OWASP, CSV injection).
  const options = { escape_formulas: true, columns: [...csvColumns], cast: { boolean: String } };
  return forEach(items, (item) => io.out(stringify([printableRow(toRow(item))], options)));
}

async function writeJson<Item, Row extends object>(
  { toRow }: ReportLook<Item, Row>,
  items: AsyncIterable<Item>,
  io: CliIo,
): Promise<number> {
  let before = '[';
  const count = await forEach(items, (item) => {
    io.out(`${before}${safeJson(toRow(item))}`);
    before = ',';
  });
  io.out(count === 0 ? '[]' : ']');
  return count;
}

async function forEach<Item>(items: AsyncIterable<Item>, print: (item: Item) => unknown): Promise<number> {
  let count = 0;
  for await (const item of items) {
    print(item);
    count += 1;
  }
  return count;
}
