import type { CliIo } from '../io.ts';
import { printable } from '../safe-text.ts';
import type { FileHead, FormatName, TokenFormat } from './formats/format.ts';
import { formatNames, tokenFormats } from './formats/index.ts';

/** The formats a file may be of: those that nothing else looks like, or else all that are possible. */
export function findFormats(head: FileHead): TokenFormat[] {
  const fits = formatNames.map((name) => ({ format: tokenFormats[name], fit: tokenFormats[name].fit(head) }));
  const certain = fits.filter(({ fit }) => fit === 'certain');
  return (certain.length > 0 ? certain : fits.filter(({ fit }) => fit === 'possible')).map(({ format }) => format);
}

/** What was chosen, or how the command ends without a choice. */
export type FormatChoice =
  { readonly kind: 'chosen'; readonly format: TokenFormat } | { readonly kind: 'none'; readonly status: 1 | 2 };

/**
 * The format of a file: the one that was named; else the one it looks like, which a person at a terminal confirms. Where
 * nobody can be asked, a file that may be of several formats is refused with their names.
 */
export async function chooseFormat(
  { file, head, named }: { readonly file: string; readonly head: FileHead; readonly named: FormatName | undefined },
  io: CliIo,
): Promise<FormatChoice> {
  if (named !== undefined) return { kind: 'chosen', format: tokenFormats[named] };
  const found = findFormats(head);
  if (found.length === 0) return unknown(file, io);
  if (io.stdin.isTTY === true) return await ask(file, found, io);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) {
    io.err(`Format: ${only.name} (${only.looks}).`);
    return { kind: 'chosen', format: only };
  }
  io.err(`${printable(file)} may be of several formats, say which with --format:`);
  for (const { name, looks } of found) io.err(`  --format ${name}: ${looks}`);
  return { kind: 'none', status: 2 };
}

function unknown(file: string, io: CliIo): FormatChoice {
  io.err(`${printable(file)} is of no format that is known. If it is CSV, the first line must name the columns.`);
  for (const name of formatNames) io.err(`  --format ${name}: ${tokenFormats[name].looks}`);
  return { kind: 'none', status: 1 };
}

async function ask(file: string, found: readonly TokenFormat[], io: CliIo): Promise<FormatChoice> {
  const { select } = await import('@inquirer/prompts');
  const choices = [
    ...found.map((format) => ({ name: `${format.name}: ${format.looks}`, short: format.name, value: format })),
    { name: 'none of these', value: undefined },
  ];
  const context = { input: io.stdin, output: process.stderr };
  try {
    const format = await select<TokenFormat | undefined>(
      { message: `${printable(file)} looks like`, choices },
      context,
    );
    if (format !== undefined) return { kind: 'chosen', format };
    io.err('Nothing was imported. Name the format with --format.');
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExitPromptError')) throw error;
  }
  return { kind: 'none', status: 1 };
}
