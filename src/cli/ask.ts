import { createInterface } from 'node:readline';
import type { CliIo } from './io.ts';

/** Asks a person, or reads the next line of standard input where that is no terminal. */
export interface Asker {
  /** What was typed; `undefined` when the input has ended or the prompt was left. */
  ask(question: string, options: { readonly echo: boolean }): Promise<string | undefined>;
  close(): void;
}

/** The asker for this input: prompts on a terminal, lines elsewhere. */
export function createAsker(io: CliIo): Asker {
  return io.stdin.isTTY === true ? createPrompter(io) : createLineReader(io);
}

function createPrompter(io: CliIo): Asker {
  return {
    async ask(message, { echo }) {
      const { input, password } = await import('@inquirer/prompts');
      const context = { input: io.stdin, output: process.stderr };
      try {
        return await (echo ? input({ message }, context) : password({ message, mask: false }, context));
      } catch (error) {
        if (error instanceof Error && error.name === 'ExitPromptError') return undefined;
        throw error;
      }
    },
    close: () => undefined,
  };
}

function createLineReader(io: CliIo): Asker {
  const reader = createInterface({ input: io.stdin, terminal: false });
  const lines = reader[Symbol.asyncIterator]();
  return {
    async ask() {
      const next = await lines.next();
      return next.done === true ? undefined : next.value;
    },
    close: () => reader.close(),
  };
}
