import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server of the benchmark, running. */
export interface RunningServer {
  readonly name: string;
  readonly pid: number;
  /** UDP, on 127.0.0.1. */
  readonly port: number;
  readonly sharedSecret: string;
  /** From its spawning to its ready line, milliseconds. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** How to start a server. */
export interface ServerCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it prints goes here: no other process spends time on reading it. */
  readonly logFile: string;
  readonly readyLine: RegExp;
  readonly port: number;
  readonly sharedSecret: string;
}

const POLL_MS = 2;
const PATIENCE_MS = 30_000;

/** Starts a server and waits for its ready line. Rejects with the end of its log when there is none. */
export async function startServer(what: ServerCommand): Promise<RunningServer> {
  const log = openSync(what.logFile, 'w', 0o600);
  const spawnedAtMs = performance.now();
  const child = spawn(what.command, what.args, {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...what.env },
  });
  closeSync(log);
  let ended: string | undefined;
  child.once('error', (cause) => (ended = cause.message));
  child.once('exit', (status, signal) => (ended = `it ended with ${signal ?? `status ${status ?? '?'}`}`));
  const stop = async (): Promise<void> => {
    if (ended !== undefined) return;
    const exited = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(timer);
  };
  for (;;) {
    const text = await readFile(what.logFile, 'utf8');
    if (what.readyLine.test(text)) break;
    const waitedMs = performance.now() - spawnedAtMs;
    if (ended !== undefined || waitedMs > PATIENCE_MS) {
      await stop();
      throw new Error(`${what.name} does not start (${ended ?? 'no ready line'}):\n${text.slice(-2000)}`);
    }
    await sleep(POLL_MS);
  }
  const readyMs = performance.now() - spawnedAtMs;
  const { name, port, sharedSecret } = what;
  return { name, pid: child.pid ?? 0, port, sharedSecret, readyMs, stop };
}

/** Keeps all threads of a process on these processors (`0`, `0-1`). */
export function pinTo(pid: number, processors: string): void {
  execFileSync('taskset', ['-acp', processors, String(pid)], { stdio: 'ignore' });
}
