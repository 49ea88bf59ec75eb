import { resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { createImportLog } from './import/import-log.ts';
import type { ImportLog } from './import/import-log.ts';
import { readLines, surveyText } from './import/text-lines.ts';
import type { TextEncoding, TextLine } from './import/text-lines.ts';
import { readHeadings } from './import/token-columns.ts';
import type { TokenLayout } from './import/token-columns.ts';
import { TokenImporter } from './import/token-importer.ts';
import { readTokenRow } from './import/token-row.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { printable } from './safe-text.ts';
import { withStore } from './store.ts';
import type { StoreContext } from './store.ts';

export interface TokenImportArguments extends ConfigArguments {
  readonly file: string;
  readonly createUsers?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

interface Tally {
  rows: number;
  imported: number;
  usersMade: number;
  weak: number;
  readonly failures: { readonly line: number; readonly reason: string }[];
  failed: number;
}

const LINE_EVERY_ROWS = 1_000;
// More are in the log only.
const MAX_PRINTED_FAILURES = 20;

/**
 * `token import FILE`: one token a line below a line of headings (`username` or `upn`, `serial`, `secret` in Base32,
 * `interval`). Good rows are kept, bad ones reported with their line; 1 when any row was bad.
 */
export async function tokenImport(args: TokenImportArguments, io: CliIo): Promise<ExitStatus> {
  const file = resolve(io.cwd, args.file);
  try {
    const { encoding, lines: total } = await surveyText(file);
    const run = (context: StoreContext) => importFile(args, io, { context, file, encoding, total });
    return await withStore(args, io, run, { mayCreate: args.createUsers === true && args.dryRun !== true });
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    io.err(problem);
    return 1;
  }
}

interface ImportFile {
  readonly context: StoreContext;
  /** Absolute. */
  readonly file: string;
  readonly encoding: TextEncoding;
  readonly total: number;
}

async function importFile(args: TokenImportArguments, io: CliIo, source: ImportFile): Promise<ExitStatus> {
  const { context, file, encoding, total } = source;
  const lines = filledLines(readLines(file, encoding));
  const layout = await readLayout(lines, args.file, io);
  if (layout === undefined) return 1;
  const options = { mayCreateUsers: args.createUsers === true, isDryRun: args.dryRun === true };
  const importer = await TokenImporter.open(context.storage, options);
  const log = createImportLog(`${file}.log`);
  const progress = await createProgress(io, 'Rows', LINE_EVERY_ROWS);
  let tally: Tally;
  try {
    tally = await importLines(lines, { layout, importer, log, progress, total });
  } finally {
    progress.stop();
    log.close();
  }
  return summarize(tally, args, io);
}

async function* filledLines(lines: AsyncIterable<TextLine>): AsyncGenerator<TextLine> {
  for await (const line of lines) {
    const isSpreadsheetHint = line.number === 1 && line.text?.startsWith('sep=') === true;
    if (line.text?.trim() !== '' && !isSpreadsheetHint) yield line;
  }
}

async function readLayout(lines: AsyncGenerator<TextLine>, file: string, io: CliIo): Promise<TokenLayout | undefined> {
  const first = await lines.next();
  const headings = readHeadings(first.done === true ? '' : (first.value.text ?? ''));
  if (headings.kind === 'unusable') {
    io.err(`${printable(file)}: ${headings.problem}.`);
    return undefined;
  }
  const { extra } = headings.layout;
  if (extra.length > 0) io.err(`Columns that are not used: ${extra.map(printable).join(', ')}.`);
  return headings.layout;
}

interface ImportRun {
  readonly layout: TokenLayout;
  readonly importer: TokenImporter;
  readonly log: ImportLog;
  readonly progress: Progress;
  readonly total: number;
}

async function importLines(lines: AsyncIterable<TextLine>, run: ImportRun): Promise<Tally> {
  const tally: Tally = { rows: 0, imported: 0, usersMade: 0, weak: 0, failures: [], failed: 0 };
  for await (const line of lines) {
    const { serial, failure } = await importLine(line, run, tally);
    run.log.write(line.number, serial, failure ?? 'ok');
    tally.rows += 1;
    if (failure === undefined) tally.imported += 1;
    else countFailure(tally, line.number, failure);
    run.progress.update(tally.rows, Math.max(run.total, tally.rows));
  }
  return tally;
}

async function importLine(
  { text }: TextLine,
  { layout, importer }: ImportRun,
  tally: Tally,
): Promise<{ serial: string; failure?: string }> {
  if (text === undefined) return { serial: '', failure: 'the line is too long' };
  const result = readTokenRow(text, layout);
  if (result.kind === 'bad') return { serial: result.serial, failure: result.reason };
  const { serial, isWeak } = result.row;
  const outcome = await importer.take(result.row);
  if (outcome.kind === 'refused') return { serial, failure: outcome.reason };
  if (isWeak) tally.weak += 1;
  if (outcome.isUserNew) tally.usersMade += 1;
  return { serial };
}

function countFailure(tally: Tally, line: number, reason: string): void {
  tally.failed += 1;
  if (tally.failures.length < MAX_PRINTED_FAILURES) tally.failures.push({ line, reason });
}

function summarize(tally: Tally, args: TokenImportArguments, io: CliIo): ExitStatus {
  const file = printable(args.file);
  for (const { line, reason } of tally.failures) io.err(`${file}:${line}: ${printable(reason)}`);
  const hidden = tally.failed - tally.failures.length;
  if (hidden > 0) io.err(`… and ${hidden} more.`);
  if (tally.weak > 0) io.err(`Note: ${tally.weak} secrets are shorter than 16 octets.`);
  const done = args.dryRun === true ? 'could be imported (dry run: nothing was)' : 'imported';
  io.out(
    `${tally.imported} of ${tally.rows} tokens ${done}, ${tally.usersMade} users made, ${tally.failed} rows failed.`,
  );
  io.out(`Line by line: ${file}.log`);
  return tally.failed === 0 ? 0 : 1;
}

function fileProblem(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return undefined;
  return `${printable(String(error.path))} cannot be used: ${String(error.code)}.`;
}

export const tokenImportCommand: CommandModule<object, TokenImportArguments> = {
  command: 'import <file>',
  describe: 'Import tokens from CSV: username (or upn), serial, secret (Base32), interval',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, normalize: true, describe: 'The CSV file' })
      .options({
        'create-users': { type: 'boolean', describe: 'Make users who are unknown, without a password' },
        'dry-run': { type: 'boolean', describe: 'Check everything, write nothing but the log' },
        ...configOption,
      }),
  handler: handler(tokenImport),
};
