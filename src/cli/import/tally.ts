import type { CliIo } from '../io.ts';
import { printable, printSafeJson } from '../safe-text.ts';

/** A row that was not imported. */
export interface RowFailure {
  readonly line: number;
  readonly serial: string;
  readonly reason: string;
}

/** Counts what becomes of the rows of an import. */
export interface Tally {
  rows: number;
  imported: number;
  usersMade: number;
  weak: number;
  failed: number;
  /** The first ones; the log has all. */
  readonly failures: RowFailure[];
}

// More are in the log only.
const MAX_FAILURES = 1_000;
const MAX_PRINTED_FAILURES = 20;

/** A tally of nothing. */
export function createTally(): Tally {
  return { rows: 0, imported: 0, usersMade: 0, weak: 0, failed: 0, failures: [] };
}

/** Counts a row that was not imported. */
export function countFailure(tally: Tally, failure: RowFailure): void {
  tally.rows += 1;
  tally.failed += 1;
  if (tally.failures.length < MAX_FAILURES) tally.failures.push(failure);
}

/** What an import was, for its last lines. */
export interface ImportSummary {
  /** As the operator wrote it. */
  readonly file: string;
  readonly format: string;
  readonly isDryRun: boolean;
  readonly log: string;
}

/** Prints what has become of a file, as JSON for programs. */
export function printTallyJson(tally: Tally, { format, isDryRun, log }: ImportSummary, io: CliIo): void {
  const { rows, imported, usersMade, weak, failed, failures } = tally;
  printSafeJson(io, { format, isDryRun, rows, imported, usersMade, weak, failed, failures, log });
}

/** Prints what has become of a file, for people. */
export function printTally(tally: Tally, summary: ImportSummary, io: CliIo): void {
  printFailures(tally, summary.file, io);
  if (tally.weak > 0) io.err(`Note: ${tally.weak} secrets are shorter than 16 octets.`);
  const done = summary.isDryRun ? 'could be imported (dry run: nothing was)' : 'imported';
  io.out(
    `${tally.imported} of ${tally.rows} tokens ${done}, ${tally.usersMade} users made, ${tally.failed} rows failed.`,
  );
  io.out(`Line by line: ${printable(summary.log)}`);
}

/** Prints the first rows that failed, each as it would be clicked, and how many more there are. */
export function printFailures(
  { failures, failed }: { readonly failures: readonly Omit<RowFailure, 'serial'>[]; readonly failed: number },
  file: string,
  io: CliIo,
): void {
  for (const { line, reason } of failures.slice(0, MAX_PRINTED_FAILURES)) {
    io.err(`${printable(file)}:${line}: ${printable(reason)}`);
  }
  const hidden = failed - Math.min(failures.length, MAX_PRINTED_FAILURES);
  if (hidden > 0) io.err(`… and ${hidden} more.`);
}
