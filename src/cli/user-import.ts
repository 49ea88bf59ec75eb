import { resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { nameKey } from '../lib/name-key.ts';
import type { UserStore } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { accompanied } from './import/accompanied.ts';
import type { Companions } from './import/accompanied.ts';
import { filledLines } from './import/formats/line-format.ts';
import { fileComplaint, FileProblem, requireRegularFile } from './import/problem.ts';
import { printFailures } from './import/tally.ts';
import { readLines, surveyText } from './import/text-lines.ts';
import { readUserHeadings, readUserRow } from './import/user-row.ts';
import type { UserLayout, UserRowResult } from './import/user-row.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface UserImportArguments extends ConfigArguments {
  readonly file: string;
  readonly update?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const HEADING_LINES = 1;

/**
 * `user import FILE`: users without a password from CSV. Good rows are kept, bad ones reported with their line; 1 when
 * any row was bad.
 */
export async function userImport(args: UserImportArguments, io: CliIo): Promise<ExitStatus> {
  const file = resolve(io.cwd, args.file);
  const run = async (users: UserStore): Promise<ExitStatus> => {
    const keep = args.dryRun === true ? await dryKeeper(users, args) : keeper(users, args);
    const tally = await accompanied(`${file}.log`, io, (companions) => importRows(file, { io, keep, ...companions }));
    tell(tally, args, io);
    return tally.failures.length === 0 ? 0 : 1;
  };
  try {
    requireRegularFile(file);
    return await withStore(args, io, ({ storage }) => run(storage.users), { mayCreate: args.dryRun !== true });
  } catch (error) {
    const complaint = fileComplaint(error, args.file);
    if (complaint === undefined) throw error;
    io.err(complaint);
    return 1;
  }
}

type GoodRow = UserRowResult & { readonly kind: 'user' };

/** Keeps the user of a row. */
type Keep = (row: GoodRow) => Promise<'added' | 'changed' | 'taken'>;

function keeper(users: UserStore, { update }: UserImportArguments): Keep {
  return async ({ name, fields }) => {
    if ((await users.findUserRecord(name)) === undefined) {
      await users.addUser(name, fields);
      return 'added';
    }
    if (update !== true) return 'taken';
    await users.setUser(name, fields);
    return 'changed';
  };
}

/** Finds the same mistakes and writes nothing. */
async function dryKeeper(users: UserStore, { update }: UserImportArguments): Promise<Keep> {
  const known = new Set((await users.listUsers()).map(({ name }) => nameKey(name)));
  return ({ name }) => {
    const isKnown = known.has(nameKey(name));
    known.add(nameKey(name));
    if (!isKnown) return Promise.resolve('added');
    return Promise.resolve(update === true ? 'changed' : 'taken');
  };
}

interface Tally {
  rows: number;
  added: number;
  changed: number;
  readonly failures: { readonly line: number; readonly user: string; readonly reason: string }[];
}

interface ImportRun extends Companions {
  readonly io: CliIo;
  readonly keep: Keep;
}

async function importRows(file: string, { io, keep, log, progress }: ImportRun): Promise<Tally> {
  const { encoding, lines: total } = await surveyText(file);
  const tally: Tally = { rows: 0, added: 0, changed: 0, failures: [] };
  let layout: UserLayout | undefined;
  for await (const { number, text } of filledLines(readLines(file, encoding))) {
    if (layout === undefined) {
      layout = readUserHeadings(text ?? '');
      if (layout.extra.length > 0) io.err(`Columns that are not used: ${printable(layout.extra.join(', '))}.`);
      continue;
    }
    const row = text === undefined ? tooLong : await readUserRow(text, layout);
    const reason = row.kind === 'bad' ? row.reason : count(await keep(row), tally);
    log.write(number, row.name, reason ?? 'ok');
    if (reason !== undefined) tally.failures.push({ line: number, user: row.name, reason });
    tally.rows += 1;
    progress.update(tally.rows, Math.max(total - HEADING_LINES, tally.rows));
  }
  if (layout === undefined) throw new FileProblem('it is empty');
  return tally;
}

const tooLong: UserRowResult = { kind: 'bad', name: '', reason: 'the line is too long' };

function count(outcome: Awaited<ReturnType<Keep>>, tally: Tally): string | undefined {
  if (outcome === 'taken') return 'there is such a user already (--update changes them)';
  tally[outcome] += 1;
  return undefined;
}

function tell({ rows, added, changed, failures }: Tally, args: UserImportArguments, io: CliIo): void {
  const log = `${args.file}.log`;
  const failed = failures.length;
  const isDryRun = args.dryRun === true;
  if (args.json === true) {
    printSafeJson(io, { isDryRun, rows, added, changed, failed, failures, log });
    return;
  }
  printFailures({ failures, failed }, args.file, io);
  const done = `${added} of ${rows} users added, ${changed} changed, ${failed} refused`;
  io.out(isDryRun ? `Dry run, nothing was written: ${done}.` : `${done}.`);
  io.out(`Line by line: ${printable(log)}`);
}

export const userImportCommand: CommandModule<object, UserImportArguments> = {
  command: 'import <file>',
  describe: 'Import users from CSV, without passwords',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, normalize: true, describe: 'The file' })
      .options({
        update: { type: 'boolean', describe: 'Change users who are there already; empty cells leave what they have' },
        'dry-run': { type: 'boolean', describe: 'Check everything, write nothing but the log' },
        json: { type: 'boolean', describe: 'Print the summary as JSON' },
        ...configOption,
      })
      .example('$0 user import users.csv', 'the first line names the columns, in any order')
      .epilogue(
        'Columns: username (or upn); first name, last name, email, phone, language, preferred, groups (with ; between ' +
          'them). Each row has a line in FILE.log.',
      ),
  handler: handler(userImport),
};
