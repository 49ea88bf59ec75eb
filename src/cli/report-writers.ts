import type { AuditEvent } from '../access/index.ts';
import type { CliIo } from './io.ts';
import { printPagedTable } from './paged-table.ts';
import { printableRow, safeJson } from './safe-text.ts';

/** How events can be printed: for people, for spreadsheets, for programs (one array, or one object a line). */
export type ReportFormat = 'table' | 'csv' | 'json' | 'jsonl';

/** Prints events as they come and tells how many there were. */
export type ReportWriter = (events: AsyncIterable<AuditEvent>, io: CliIo) => Promise<number>;

/** An event as it is printed: time in ISO 8601, every optional field there. */
type EventRow = ReturnType<typeof toRow>;

const csvColumns: readonly (keyof EventRow)[] = [
  'time',
  'id',
  'server',
  'verdict',
  'reason',
  'username',
  'firstName',
  'lastName',
  'email',
  'phone',
  'token',
  'factor',
  'client',
  'clientAddress',
  'userAddress',
  'primary',
  'primaryPassedUnavailable',
  'durationMs',
];

/** A writer for each format. */
export const reportWriters: Readonly<Record<ReportFormat, ReportWriter>> = {
  table: writeTable,
  csv: writeCsv,
  json: writeJson,
  jsonl: (events, io) => forEach(events, (event) => io.out(safeJson(toRow(event)))),
};

async function writeTable(events: AsyncIterable<AuditEvent>, io: CliIo): Promise<number> {
  const rows: EventRow[] = [];
  await forEach(events, (event) => rows.push(toRow(event)));
  await printPagedTable(io, {
    columns: [
      { heading: 'Time (UTC)', key: 'time' },
      { heading: 'Verdict', key: 'verdict' },
      { heading: 'Reason', key: 'reason' },
      { heading: 'User', key: 'username' },
      { heading: 'Factor', key: 'factor' },
      { heading: 'Client', key: 'client' },
      { heading: 'User address', key: 'userAddress' },
      { heading: 'Id', key: 'id' },
    ],
    rows,
    empty: 'No events match.',
  });
  return rows.length;
}

async function writeCsv(events: AsyncIterable<AuditEvent>, io: CliIo): Promise<number> {
  const { stringify } = await import('csv-stringify/sync');
  io.out(stringify([csvColumns]));
  // A spreadsheet must not run a user name as a formula (OWASP, CSV injection).
  const options = { escape_formulas: true, columns: [...csvColumns], cast: { boolean: String } };
  return forEach(events, (event) => io.out(stringify([printableRow(toRow(event))], options)));
}

async function writeJson(events: AsyncIterable<AuditEvent>, io: CliIo): Promise<number> {
  let before = '[';
  const count = await forEach(events, (event) => {
    io.out(`${before}${safeJson(toRow(event))}`);
    before = ',';
  });
  io.out(count === 0 ? '[]' : ']');
  return count;
}

async function forEach(events: AsyncIterable<AuditEvent>, print: (event: AuditEvent) => unknown): Promise<number> {
  let count = 0;
  for await (const event of events) {
    print(event);
    count += 1;
  }
  return count;
}

function toRow(event: AuditEvent) {
  return {
    time: new Date(event.atMs).toISOString(),
    id: event.id,
    server: event.server,
    verdict: event.verdict,
    reason: event.reason,
    username: event.username,
    firstName: event.firstName ?? null,
    lastName: event.lastName ?? null,
    email: event.email ?? null,
    phone: event.phone ?? null,
    token: event.token ?? null,
    factor: event.factor ?? null,
    client: event.client,
    clientAddress: event.clientAddress,
    userAddress: event.userAddress ?? null,
    primary: event.primary ?? null,
    primaryPassedUnavailable: event.primaryPassedUnavailable ?? false,
    durationMs: event.durationMs,
  };
}
