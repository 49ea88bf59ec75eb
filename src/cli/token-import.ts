import { resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { accompanied } from './import/accompanied.ts';
import { readAssignments } from './import/assignments.ts';
import type { Assignments } from './import/assignments.ts';
import { chooseFormat } from './import/choose-format.ts';
import type { FormatName, OpenedFile } from './import/formats/format.ts';
import { formatNames } from './import/formats/index.ts';
import { filledLines } from './import/formats/line-format.ts';
import { importRows } from './import/import-rows.ts';
import { fileComplaint, FileProblem, requireRegularFile } from './import/problem.ts';
import { printTally, printTallyJson } from './import/tally.ts';
import type { Tally } from './import/tally.ts';
import { readLines, surveyText } from './import/text-lines.ts';
import type { TextEncoding } from './import/text-lines.ts';
import { createDryImporter, createImporter } from './import/token-importer.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { containerSecretOptions, createContainerSecrets } from './pskc/container-secrets.ts';
import type { ContainerSecretArguments } from './pskc/container-secrets.ts';
import { printable } from './safe-text.ts';
import { withStore } from './store.ts';
import type { StoreContext } from './store.ts';

export interface TokenImportArguments extends ConfigArguments, ContainerSecretArguments {
  readonly file: string;
  readonly format?: FormatName | undefined;
  readonly assign?: string | undefined;
  readonly createUsers?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const HEAD_LINES = 50;

/**
 * `token import FILE`: tokens from a file of one of the formats of `tokenFormats`. Good rows are kept, bad ones reported with
 * their line; 1 when any row was bad, 2 when the format is not clear.
 */
export async function tokenImport(args: TokenImportArguments, io: CliIo): Promise<ExitStatus> {
  const file = resolve(io.cwd, args.file);
  try {
    const head = await readHead(file);
    const assignments = await assignmentsOf(args, io);
    const choice = await chooseFormat({ file: args.file, head: head.lines, named: args.format }, io);
    if (choice.kind === 'none') return choice.status;
    const { format } = choice;
    const run = async (context: StoreContext): Promise<ExitStatus> => {
      const input = { file, ...head, head: head.lines, secrets: createContainerSecrets(args, io) };
      const opened = await format.open({ ...input, nowMs: context.clock.nowMs() });
      for (const note of opened.notes) io.err(printable(note));
      const log = `${file}.log`;
      const tally = await importOpened(opened, { args, io, context, assignments, log });
      return summarize(tally, { args, io, format: format.name });
    };
    return await withStore(args, io, run, { mayCreate: args.createUsers === true && args.dryRun !== true });
  } catch (error) {
    const problem = fileComplaint(error, args.file);
    if (problem === undefined) throw error;
    io.err(problem);
    return 1;
  }
}

async function readHead(file: string): Promise<{ encoding: TextEncoding; lineCount: number; lines: string[] }> {
  requireRegularFile(file);
  const { encoding, lines: lineCount } = await surveyText(file);
  const lines: string[] = [];
  for await (const { text = '' } of filledLines(readLines(file, encoding))) {
    lines.push(text);
    if (lines.length >= HEAD_LINES) break;
  }
  return { encoding, lineCount, lines };
}

async function assignmentsOf({ assign }: TokenImportArguments, io: CliIo): Promise<Assignments> {
  if (assign === undefined) return new Map();
  try {
    return await readAssignments(resolve(io.cwd, assign));
  } catch (error) {
    if (error instanceof FileProblem) throw new FileProblem(`--assign ${assign}: ${error.message}`, { cause: error });
    throw error;
  }
}

interface Surroundings {
  readonly args: TokenImportArguments;
  readonly io: CliIo;
  readonly context: StoreContext;
  readonly assignments: Assignments;
  readonly log: string;
}

async function importOpened(opened: OpenedFile, { args, io, context, assignments, log }: Surroundings) {
  const options = { mayCreateUsers: args.createUsers === true };
  const { storage } = context;
  const importer =
    args.dryRun === true ? await createDryImporter(storage, options) : createImporter(storage.vault, options);
  return accompanied(log, io, (companions) => importRows(opened, { importer, assignments, ...companions }));
}

function summarize(
  tally: Tally,
  { args, io, format }: Pick<Surroundings, 'args' | 'io'> & { readonly format: FormatName },
): ExitStatus {
  const summary = { file: args.file, format, isDryRun: args.dryRun === true, log: `${args.file}.log` };
  if (args.json === true) printTallyJson(tally, summary, io);
  else printTally(tally, summary, io);
  return tally.failed === 0 ? 0 : 1;
}

export const tokenImportCommand: CommandModule<object, TokenImportArguments> = {
  command: 'import <file>',
  describe: 'Import tokens from PSKC or from CSV of several makers',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, normalize: true, describe: 'The file' })
      .options({
        format: { choices: formatNames, describe: 'What the file is; without it, what it looks like' },
        assign: {
          type: 'string',
          requiresArg: true,
          describe: 'CSV username,serial: whose the tokens are, for files that do not say it',
        },
        ...containerSecretOptions,
        'create-users': { type: 'boolean', describe: 'Make users who are unknown, without a password' },
        'dry-run': { type: 'boolean', describe: 'Check everything, write nothing but the log' },
        json: { type: 'boolean', describe: 'Print the summary as JSON' },
        ...configOption,
      })
      .example('$0 token import tokens.csv --create-users', 'CSV whose first line names username, serial, secret')
      .example('$0 token import tokens.xml --assign who.csv', 'PSKC; asks for its password or key if it has one')
      .epilogue('Each row has a line in FILE.log. Delete the file afterwards if its secrets are in clear.'),
  handler: handler(tokenImport),
};
