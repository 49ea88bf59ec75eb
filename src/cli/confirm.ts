import type { CliIo } from './io.ts';

/** What somebody has said to a question that must not be answered by accident. */
export type Confirmation = 'yes' | 'no' | 'nobody-there';

/** Asks on a terminal; `--yes` answers beforehand; without either nobody is there to ask. */
export async function confirm(io: CliIo, question: string, isSaid: boolean | undefined): Promise<Confirmation> {
  if (isSaid === true) return 'yes';
  if (io.stdin.isTTY !== true) {
    io.err('Nobody can be asked here: repeat the command with --yes.');
    return 'nobody-there';
  }
  const prompts = await import('@inquirer/prompts');
  try {
    const context = { input: io.stdin, output: process.stderr };
    if (await prompts.confirm({ message: question, default: false }, context)) return 'yes';
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExitPromptError')) throw error;
  }
  io.err('Nothing was changed.');
  return 'no';
}
