import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AuditEvent } from '../../src/access/index.ts';
import { Program, run, type Exit, type Finished } from './process.ts';
import { readEvents } from './store.ts';

/** A part of the configuration file, in the words of `config/`. */
export type Section = Readonly<Record<string, unknown>>;

export interface SallyportOptions {
  /** Merged into the one client, which is all of 127.0.0.0/8, has the primary `local` and answers Rejects at once. */
  readonly client?: Section;
  /** Instead of that one client. */
  readonly clients?: readonly Section[];
  /** Added to `local`. */
  readonly primaries?: Section;
  /** Merged into the policy `default`, which asks for TOTP. */
  readonly policy?: Section;
  /** Listens on these too, each on a port of its own. */
  readonly alsoListen?: readonly string[];
  /** What its listeners answer. Default: logins. */
  readonly serves?: readonly string[];
  /** Where it listens first. Default: 127.0.0.1, on a port of its own choice. */
  readonly listen?: string;
  readonly port?: number;
  /** Where its folder is made. Default: the system's folder for temporary files. */
  readonly parent?: string;
  /** Any other top-level sections. */
  readonly sections?: Section;
  /** Added to the server's environment, and to that of every command. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** The program as an operator has it: a configuration, a data folder, a process, commands. */
export interface Sallyport {
  /** UDP port on 127.0.0.1; after `restart` the same one. */
  readonly port: number;
  /** The ports of `alsoListen`, in its order. */
  readonly otherPorts: readonly number[];
  /** Where the console answers: `http://127.0.0.1:…`. */
  readonly consoleUrl: string;
  /** The shared secret of the client. */
  readonly secret: string;
  /** Holds the configuration and the data folder. */
  readonly folder: string;
  readonly pid: number;
  /** `sallyport …args --config FILE` with `input` on standard input, whatever its exit status. */
  command(args: readonly string[], input?: string): Promise<Finished>;
  /** The same, but a status other than 0 is an error; gives what it printed. */
  mustRun(args: readonly string[], input?: string): Promise<string>;
  /** Adds a user: with a local password unless it is `undefined`, with a TOTP token unless the Base32 `secret` is. */
  enrol(user: string, login: { password?: string; secret?: string }): Promise<void>;
  /** Adds users without a password (a home server knows it), each with a TOTP token of the same Base32 `secret`. */
  importTokens(users: readonly string[], secret: string): Promise<void>;
  /** Everything the server has printed, of all its lives. */
  log(): string;
  /** The log, line by line. */
  logLines(): LogLine[];
  /** Resolves with the first match in what this life of the server has printed, from character `from` of it on. */
  waitForLog(pattern: RegExp, from?: number): Promise<RegExpExecArray>;
  /** The authentication log, the newest event first. */
  events(user?: string): Promise<AuditEvent[]>;
  /** What `/metrics` says of a series, e.g. `sallyport_duplicates_total{kind="answered"}`; 0 when it says nothing. */
  metric(series: string): Promise<number>;
  /** Writes another configuration (same ports), or any text, over the file; `signal('SIGHUP')` makes the server read it. */
  rewrite(next: SallyportOptions | string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** How the present life of the server ends. */
  exited(): Promise<Exit>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts the server again after it was killed or stopped; same configuration, same port. */
  restart(): Promise<void>;
  /** SIGTERM, and how it ended. */
  terminate(): Promise<Exit>;
  /** Stops it if it runs, and removes its folder. */
  stop(): Promise<void>;
}

/** The program. */
export const MAIN = join(import.meta.dirname, '../../src/main.ts');
const CLIENT_SECRET = 'the-clients-shared-secret';

/** Starts `sallyport serve` on loopback ports of its own choice; resolves once it says where it listens. */
export async function startSallyport(options: SallyportOptions = {}): Promise<Sallyport> {
  const folder = await mkdtemp(join(options.parent ?? tmpdir(), 'sallyport-'));
  const file = join(folder, 'sallyport.yaml');
  let earlierLog = '';
  const writeConfig = (config: Section | string): Promise<void> =>
    // JSON is YAML.
    writeFile(file, typeof config === 'string' ? config : JSON.stringify(config, null, 2), { mode: 0o600 });

  const serve = async (): Promise<{ program: Program; ports: Ports }> => {
    const spawning = { cwd: folder, ...(options.env && { env: options.env }) };
    const program = await Program.start(process.execPath, [MAIN, 'serve', '--config', file], spawning);
    try {
      return { program, ports: await readPorts(program) };
    } catch (error) {
      await program.kill();
      throw error;
    }
  };

  await writeConfig(makeConfig(options, noPorts));
  let { program, ports } = await serve().catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  await writeConfig(makeConfig(options, ports));

  const command = (args: readonly string[], input = ''): Promise<Finished> =>
    run(process.execPath, [MAIN, ...args, '--config', file], {
      cwd: folder,
      input,
      ...(options.env && { env: options.env }),
    });
  const mustRun = async (args: readonly string[], input?: string): Promise<string> => {
    const { status, stdout, stderr } = await command(args, input);
    if (status !== 0) throw new Error(`sallyport ${args.join(' ')}: status ${status ?? '?'}\n${stdout}${stderr}`);
    return stdout;
  };
  const log = (): string => earlierLog + program.output;

  return {
    port: ports.radius[0] ?? 0,
    otherPorts: ports.radius.slice(1),
    consoleUrl: `http://127.0.0.1:${ports.console}`,
    secret: CLIENT_SECRET,
    folder,
    get pid() {
      return program.pid;
    },
    command,
    mustRun,
    enrol: async (user, { password, secret }) => {
      if (password === undefined) await mustRun(['user', 'add', user]);
      else await mustRun(['user', 'add', user, '--password-stdin'], `${password}\n`);
      if (secret === undefined) return;
      await mustRun(['token', 'add', user, '--type', 'totp', '--secret-stdin'], `${secret}\n`);
    },
    importTokens: async (users, secret) => {
      const rows = users.map((user, index) => `${user},serial-${index},${secret},30\n`);
      const list = join(folder, 'tokens.csv');
      await writeFile(list, ['username,serial,secret,interval\n', ...rows].join(''), { mode: 0o600 });
      await mustRun(['token', 'import', list, '--create-users']);
    },
    log,
    logLines: () => readLines(log()),
    waitForLog: (pattern, from = 0) => program.waitFor(pattern, { from }),
    events: (user) => readEvents(folder, user),
    metric: async (series) => {
      const reply = await fetch(`http://127.0.0.1:${ports.console}/metrics`);
      const line = (await reply.text()).split('\n').find((candidate) => candidate.startsWith(`${series} `));
      return line === undefined ? 0 : Number(line.slice(series.length + 1));
    },
    rewrite: (next) => writeConfig(typeof next === 'string' ? next : makeConfig(next, ports)),
    signal: (name) => program.signal(name),
    exited: () => program.exited,
    kill: async () => {
      await program.kill();
    },
    restart: async () => {
      earlierLog = log();
      ({ program, ports } = await serve());
    },
    terminate: () => program.stop(15_000),
    stop: async () => {
      await program.stop(15_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A client that asks from `address`, as the tests want it: answers Rejects at once. */
export function clientSection(name: string, address: string, more: Section = {}): Section {
  return { name, address: [address], secret: CLIENT_SECRET, primary: 'local', rejectDelaySeconds: 0, ...more };
}

interface Ports {
  readonly radius: readonly number[];
  readonly console: number;
}

const noPorts: Ports = { radius: [], console: 0 };

function makeConfig(options: SallyportOptions, { radius, console }: Ports): Section {
  const addresses = [options.listen ?? '127.0.0.1', ...(options.alsoListen ?? [])];
  const portOf = (index: number): number => (index === 0 ? (options.port ?? 0) : 0);
  const serves = options.serves && { serves: options.serves };
  return {
    server: {
      id: 'gate-1',
      dataDir: './data',
      listen: addresses.map((address, index) => ({
        protocol: 'udp',
        address,
        port: radius[index] ?? portOf(index),
        ...serves,
      })),
    },
    clients: options.clients ?? [clientSection('vpn', '127.0.0.0/8', options.client)],
    primaries: { local: { type: 'local' }, ...options.primaries },
    policies: { default: { factors: ['totp'], ...options.policy } },
    console: { address: '127.0.0.1', port: console },
    log: { level: 'info', format: 'json' },
    ...options.sections,
  };
}

/** Reads the start-up line, which says where the server listens. */
async function readPorts(program: Program): Promise<Ports> {
  await program.waitFor(/"listening":.*\n/, { timeoutMs: 20_000 });
  const line = readLines(program.output).find((candidate) => 'listening' in candidate) as unknown as ReadyLine;
  return { radius: line.listening.map(({ port }) => port), console: line.console.port };
}

interface ReadyLine {
  readonly listening: readonly { readonly port: number }[];
  readonly console: { readonly port: number };
}

function readLines(log: string): LogLine[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}
