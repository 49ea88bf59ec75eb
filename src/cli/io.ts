import { processEnvironment } from '../config/index.ts';
import { withoutLineEnd } from '../lib/line-end.ts';
import { Secret } from '../lib/secret.ts';

/** What a command sees of the world: handed in, so that a test can play the terminal. */
export interface CliIo {
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** Writes to standard output; a line end is added unless the text already has one. */
  out(text: string): void;
  /** The same to standard error. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a person reads standard output (colours, progress, QR codes). */
  readonly isTerminal: boolean;
  /** The folder relative file names count from. */
  readonly cwd: string;
}

/** What a command ends with: 0 done, 1 refused or failed, 2 bad usage or configuration. */
export type ExitStatus = 0 | 1 | 2;

const MAX_SECRET_OCTETS = 4096;

/** The real terminal, environment and folder of this process. */
export function createProcessIo(): CliIo {
  return {
    stdin: process.stdin,
    out: (text) => process.stdout.write(withLineEnd(text)),
    err: (text) => process.stderr.write(withLineEnd(text)),
    env: processEnvironment().env,
    isTerminal: process.stdout.isTTY,
    cwd: process.cwd(),
  };
}

/** Makes a yargs handler of a testable command: it runs on the real terminal and sets the process's exit status. */
export function handler<Arguments>(
  run: (args: Arguments, io: CliIo) => Promise<ExitStatus>,
): (args: Arguments) => Promise<void> {
  return async (args) => {
    process.exitCode = await run(args, createProcessIo());
  };
}

/** One column of a printed table: its heading and the key of its cell in a row. */
export interface Column<Row> {
  readonly heading: string;
  readonly key: keyof Row & string;
  readonly align?: 'left' | 'right';
}

export interface TableOptions<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** `--json`: the rows as one JSON array, every key of them, instead of a table. */
  readonly json?: boolean | undefined;
  /** Said instead of a table without rows (never with `json`). */
  readonly empty?: string;
}

/** Prints rows as a table for people, or as JSON for programs. `undefined` and `null` cells are left blank. */
export async function printTable<Row extends object>(io: CliIo, options: TableOptions<Row>): Promise<void> {
  if (options.json === true) {
    printJson(io, options.rows);
    return;
  }
  if (options.rows.length === 0 && options.empty !== undefined) {
    io.out(options.empty);
    return;
  }
  const { default: Table } = await import('cli-table3');
  const table = new Table({
    head: options.columns.map(({ heading }) => heading),
    colAligns: options.columns.map(({ align }) => align ?? 'left'),
    style: { head: io.isTerminal ? ['bold'] : [], border: [], compact: true },
  });
  for (const row of options.rows) table.push(options.columns.map(({ key }) => cell(row[key])));
  io.out(table.toString());
}

/** Prints one value as indented JSON. */
export function printJson(io: CliIo, value: unknown): void {
  io.out(JSON.stringify(value, null, 2));
}

/**
 * Reads a secret: all of standard input where that is a pipe or a file (one line end at its end is dropped), or a
 * hidden prompt on a terminal. `undefined` when nothing was given or the prompt was left.
 */
export async function readSecret(io: CliIo, prompt: string): Promise<Secret | undefined> {
  const octets = io.stdin.isTTY === true ? await askHidden(io, prompt) : await readAll(io.stdin);
  return octets === undefined || octets.length === 0 ? undefined : Secret.fromOctets(octets);
}

async function askHidden(io: CliIo, prompt: string): Promise<Buffer | undefined> {
  const { password } = await import('@inquirer/prompts');
  try {
    // The prompt goes to standard error: standard output may be redirected into a file.
    const text = await password({ message: prompt, mask: false }, { input: io.stdin, output: process.stderr });
    return Buffer.from(text, 'utf8');
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') return undefined;
    throw error;
  }
}

async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const octets = Buffer.from(chunk);
    length += octets.length;
    if (length > MAX_SECRET_OCTETS) return undefined;
    chunks.push(octets);
  }
  return withoutLineEnd(Buffer.concat(chunks));
}

function withLineEnd(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
