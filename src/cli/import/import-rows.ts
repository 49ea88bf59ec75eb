import type { TokenImport } from '../../storage/index.ts';
import type { Companions } from './accompanied.ts';
import type { Assignments } from './assignments.ts';
import type { FileRow, OpenedFile } from './formats/format.ts';
import { countFailure, createTally } from './tally.ts';
import type { Tally } from './tally.ts';
import type { RowOutcome, TokenImporter } from './token-importer.ts';
import type { TokenRow } from './token-row.ts';

/** What an import works with. */
export interface ImportRun extends Companions {
  readonly importer: TokenImporter;
  readonly assignments: Assignments;
}

// As many as make the commit cheap, as few as keep a running server's logins waiting for milliseconds only.
const ROWS_A_COMMIT = 250;
const NO_USER = 'there is no user for it: name one with --assign FILE (username,serial)';

/** Imports the rows of a file: good ones are kept, each has its line in the log once its fate is certain. */
export async function importRows({ rows, total }: OpenedFile, run: ImportRun): Promise<Tally> {
  const tally = createTally();
  let waiting: FileRow[] = [];
  const flush = async (): Promise<void> => {
    await importBatch(waiting, run, tally);
    waiting = [];
    run.progress.update(tally.rows, Math.max(total, tally.rows));
  };
  for await (const row of rows) {
    waiting.push(row);
    if (waiting.length >= ROWS_A_COMMIT) await flush();
  }
  if (waiting.length > 0) await flush();
  return tally;
}

async function importBatch(batch: readonly FileRow[], run: ImportRun, tally: Tally): Promise<void> {
  const read = batch.map((row) => ({ ...row, fate: assign(row, run.assignments) }));
  const tokens = read.flatMap(({ fate }) => ('token' in fate ? [fate.token] : []));
  const outcomes = (await take(tokens, batch, run))[Symbol.iterator]();
  for (const { line, fate } of read) {
    const outcome: RowOutcome = 'token' in fate ? nextOf(outcomes) : { kind: 'refused', reason: fate.reason };
    const { serial } = 'token' in fate ? fate.token : fate;
    run.log.write(line, serial, outcome.kind === 'imported' ? 'ok' : outcome.reason);
    if (outcome.kind === 'refused') countFailure(tally, { line, serial, reason: outcome.reason });
    else countImported(tally, outcome, 'token' in fate && fate.isWeak);
  }
}

type Fate =
  { readonly token: TokenImport; readonly isWeak: boolean } | { readonly serial: string; readonly reason: string };

/** Who gets the token of a row: whom the operator has assigned it to, else whom the file names. */
function assign({ result }: FileRow, assignments: Assignments): Fate {
  if (result.kind === 'bad') return result;
  const { isWeak, username: named, ...token } = result.row;
  const username = assignments.get(token.serial) ?? named;
  return username === undefined ? { serial: token.serial, reason: NO_USER } : { token: { ...token, username }, isWeak };
}

async function take(tokens: readonly TokenImport[], batch: readonly FileRow[], run: ImportRun): Promise<RowOutcome[]> {
  if (tokens.length === 0) return [];
  try {
    return await run.importer.take(tokens);
  } catch (error) {
    for (const { line, result } of batch) run.log.write(line, serialOf(result), 'not imported: the store failed');
    throw error;
  }
}

function serialOf(result: FileRow['result']): string {
  return result.kind === 'bad' ? result.serial : (result.row satisfies TokenRow).serial;
}

function nextOf(outcomes: Iterator<RowOutcome>): RowOutcome {
  const next = outcomes.next();
  if (next.done === true) throw new Error('The store answered for fewer rows than it was given.');
  return next.value;
}

function countImported(tally: Tally, outcome: RowOutcome & { kind: 'imported' }, isWeak: boolean): void {
  tally.rows += 1;
  tally.imported += 1;
  if (isWeak) tally.weak += 1;
  if (outcome.isUserNew) tally.usersMade += 1;
}
