import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

/** How a program ended: its exit status, or the signal that ended it. */
export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

const liveChildren = new Set<ChildProcessWithoutNullStreams>();
process.on('exit', () => {
  for (const child of liveChildren) child.kill('SIGKILL');
});
// How vitest ends its workers; without a listener there would be no `exit`.
process.once('SIGTERM', () => process.exit(143));

interface Watcher {
  readonly look: () => boolean;
  readonly fail: (reason: string) => void;
}

/** One child process; everything it prints is kept in memory. It is only ever signalled by its own id. */
export class Program {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #name: string;
  readonly #watchers = new Set<Watcher>();
  #stdout = '';
  #stderr = '';
  #output = '';
  #exit: Exit | undefined;

  private constructor(child: ChildProcessWithoutNullStreams, name: string) {
    this.#child = child;
    this.#name = name;
    this.pid = child.pid ?? -1;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#printed(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#printed(text);
    });
    child.stdin.on('error', () => undefined); // the program may end before it has read everything
    this.exited = new Promise((resolve) => {
      child.once('close', (status, signal) => {
        liveChildren.delete(child);
        this.#exit = { status, signal };
        for (const watcher of this.#watchers) watcher.fail(`ended with ${signal ?? `status ${status ?? '?'}`}`);
        resolve(this.#exit);
      });
    });
  }

  /** Starts a program; rejects when it cannot be started at all. */
  static async start(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<Program> {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: 'pipe',
    });
    liveChildren.add(child);
    const program = new Program(child, command);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        liveChildren.delete(child);
        reject(error);
      });
    });
    return program;
  }

  /** Standard output and standard error together, in the order they came. */
  get output(): string {
    return this.#output;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** How it ended; `undefined` while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** Resolves with the first match in the output from character `from` on, also when it was printed before. */
  waitFor(pattern: RegExp, { from = 0, timeoutMs = 10_000 } = {}): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): boolean => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        settle();
        return true;
      };
      const watcher: Watcher = {
        look: () => {
          const match = new RegExp(pattern.source, pattern.flags.replace('g', '')).exec(this.#output.slice(from));
          return match !== null && end(() => resolve(match));
        },
        fail: (reason) =>
          void end(() => reject(new Error(`${this.#name} ${reason}, without ${String(pattern)}:\n${this.#tail()}`))),
      };
      const timer = setTimeout(() => watcher.fail(`waited ${timeoutMs} ms`), timeoutMs);
      this.#watchers.add(watcher);
      if (!watcher.look() && this.#exit !== undefined) watcher.fail('has ended');
    });
  }

  /** Writes to standard input. */
  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Ends standard input. */
  closeInput(): void {
    this.#child.stdin.end();
  }

  /** Sends a signal to this process alone. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<Exit> {
    this.signal('SIGKILL');
    return this.exited;
  }

  /** SIGTERM, then SIGKILL for one that does not listen; waits until it is gone. */
  async stop(graceMs = 5_000): Promise<Exit> {
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    this.signal('SIGTERM');
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  #printed(text: string): void {
    this.#output += text;
    for (const watcher of this.#watchers) watcher.look();
  }

  #tail(): string {
    return this.#output.split('\n').slice(-40).join('\n');
  }
}

/** What a finished program printed and how it ended. */
export interface Finished extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end with `input` on standard input; kills it after `timeoutMs`. */
export async function run(
  command: string,
  args: readonly string[],
  { input = '', timeoutMs = 20_000, ...options }: ProgramOptions & { input?: string; timeoutMs?: number } = {},
): Promise<Finished> {
  const program = await Program.start(command, args, options);
  const timer = setTimeout(() => program.signal('SIGKILL'), timeoutMs);
  program.write(input);
  program.closeInput();
  const exit = await program.exited;
  clearTimeout(timer);
  return { ...exit, stdout: program.stdout, stderr: program.stderr };
}

/** One step of a dialogue: what has to be shown, and what the user then types. */
export interface Turn {
  readonly shown: RegExp;
  readonly typed: string | (() => string | Promise<string>);
}

/** Plays a user at a terminal: types each answer once its prompt was shown; any further prompt finds the end of input. */
export async function converse(program: Program, turns: readonly Turn[], timeoutMs = 15_000): Promise<Exit> {
  let from = 0;
  for (const { shown, typed } of turns) {
    const match = await program.waitFor(shown, { from, timeoutMs });
    from += match.index + match[0].length;
    program.write(`${typeof typed === 'string' ? typed : await typed()}\n`);
  }
  program.closeInput();
  const timer = setTimeout(() => program.signal('SIGKILL'), timeoutMs);
  const exit = await program.exited;
  clearTimeout(timer);
  return exit;
}
