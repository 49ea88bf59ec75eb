import { Readable } from 'node:stream';
import type { CliIo } from '../../src/cli/io.ts';

/** A terminal that is none: it gives what it is told on standard input and remembers what it is shown. */
export interface CapturedIo extends CliIo {
  readonly shown: string;
  readonly complained: string;
}

export interface CapturedIoOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Makes one for a single command. */
export function captureIo({ input = '', env = {}, cwd = '/' }: CapturedIoOptions = {}): CapturedIo {
  let shown = '';
  let complained = '';
  return {
    stdin: Readable.from([Buffer.from(input)]),
    out: (text) => (shown += `${text}\n`),
    err: (text) => (complained += `${text}\n`),
    env,
    isTerminal: false,
    cwd,
    get shown() {
      return shown;
    },
    get complained() {
      return complained;
    },
  };
}
