import { spawn } from 'node:child_process';
import type { ScriptGatewayConfig } from '../config/index.ts';
import type { Delivery, Gateway, TextMessage } from '../factors/index.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import { fillTemplate, templateValues } from './template.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

// What it prints is a name for the delivery, and perhaps some lines for whoever tries it by hand.
const MAX_OUTPUT_OCTETS = 64 * 1024;
const MAX_REFERENCE = 128;

// sysexits.h: EX_USAGE is a mistake of ours; these speak of the message or its recipient alone.
const REFUSING_STATUSES: ReadonlySet<number> = new Set([65, 67, 68]);

/**
 * A program that delivers: arguments from templates, no shell, the message on standard input, an environment of its own.
 * Status 0 is sent (the first line printed names the delivery); 65, 67 and 68 (sysexits.h) refuse it; all else failed.
 */
export function createScriptGateway(name: string, options: ScriptGatewayConfig, deps: GatewayDeps): Gateway {
  const running = new Set<AbortController>();
  return {
    name,
    channels: options.channels,
    start: () => Promise.resolve(),
    stop() {
      for (const controller of running) controller.abort();
      return Promise.resolve();
    },
    async sendText(message, signal) {
      // What begins with a hyphen would be an option to most programs.
      if (message.to.startsWith('-')) return { kind: 'refused', problem: 'the address begins with a hyphen' };
      const late = new AbortController();
      running.add(late);
      const timer = deps.clock.setTimer(options.timeoutSeconds * 1000, () => late.abort());
      try {
        return await run(message, options, AbortSignal.any([signal, late.signal]));
      } finally {
        timer.cancel();
        running.delete(late);
      }
    },
  };
}

function run(message: TextMessage, options: ScriptGatewayConfig, signal: AbortSignal): Promise<Delivery> {
  if (signal.aborted) return Promise.resolve({ kind: 'failed', problem: 'it was not run: no time is left' });
  const values = { ...templateValues(message), text: '' };
  const program = spawn(
    options.command,
    options.arguments.map((argument) => fillTemplate(argument, values)),
    // A group of its own, so that what it has started ends with it.
    { cwd: '/', env: environmentOf(options), stdio: ['pipe', 'pipe', 'ignore'], shell: false, detached: true },
  );
  return new Promise((resolve) => {
    let output = '';
    const settle = (delivery: Delivery): void => {
      signal.removeEventListener('abort', abort);
      program.stdout.destroy();
      program.stdin.destroy();
      resolve(delivery);
    };
    const end = (problem: string): void => {
      killGroup(program.pid);
      settle({ kind: 'failed', problem });
    };
    const abort = (): void => end('it took too long and was ended');
    signal.addEventListener('abort', abort);
    program.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (output.length > MAX_OUTPUT_OCTETS) end('it printed more than 64 kB and was ended');
    });
    program.stdin.on('error', () => undefined);
    program.stdin.end(message.text);
    program.on('error', (error) => settle({ kind: 'failed', problem: `it cannot be run (${codeOf(error)})` }));
    program.on('close', (status, killedBy) => settle(deliveryOf(status, killedBy, output)));
  });
}

function deliveryOf(status: number | null, killedBy: string | null, output: string): Delivery {
  if (status === 0) {
    const reference = output.split('\n', 1)[0]?.trim().slice(0, MAX_REFERENCE) ?? '';
    return { kind: 'sent', ...(reference !== '' && { reference }) };
  }
  const problem = status === null ? `it was ended by ${killedBy ?? 'a signal'}` : `it ended with status ${status}`;
  return { kind: REFUSING_STATUSES.has(status ?? -1) ? 'refused' : 'failed', problem };
}

function environmentOf({ environment }: ScriptGatewayConfig): Record<string, string> {
  const own = Object.entries(environment).map(([key, secret]) => [key, secret.reveal().toString('utf8')] as const);
  return { PATH, LANG: 'C.UTF-8', ...Object.fromEntries(own) };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
}
