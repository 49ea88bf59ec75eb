import type { CliIo } from './io.ts';

/** Shows how far a long command is. */
export interface Progress {
  update(done: number, total: number): void;
  /** Leaves the terminal clean. */
  stop(): void;
}

/** A bar on a terminal; elsewhere a line on standard error every `everyRows`, so that a log shows it is alive. */
export async function createProgress(io: CliIo, what: string, everyRows: number): Promise<Progress> {
  return io.isTerminal ? await createBar(what) : createLines(io, what, everyRows);
}

async function createBar(what: string): Promise<Progress> {
  const { default: progress } = await import('cli-progress');
  const format = `${what} [{bar}] {value}/{total}, {eta_formatted} left`;
  const bar = new progress.SingleBar({ format, hideCursor: true, stream: process.stderr }, progress.Presets.legacy);
  let isStarted = false;
  return {
    update(done, total) {
      if (!isStarted) bar.start(total, done);
      isStarted = true;
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

function createLines(io: CliIo, what: string, everyRows: number): Progress {
  let lastPart = 0;
  return {
    update(done, total) {
      const part = Math.floor(done / everyRows);
      if (part > lastPart) io.err(`${what}: ${done} of ${total}`);
      lastPart = part;
    },
    stop: () => undefined,
  };
}
