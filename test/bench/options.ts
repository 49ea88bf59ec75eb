import { parseArgs } from 'node:util';

/** The parts of the report that can be asked for alone. */
export const PARTS = ['a', 'b', 'pending', 'pushes', 'rules', 'users', 'radsec', 'start'] as const;
export type Part = (typeof PARTS)[number];

/** What the command line asks for. */
export interface BenchOptions {
  readonly parts: readonly Part[];
  readonly rounds: number;
  readonly seconds: number;
  readonly outstanding: number;
  readonly users: number;
  readonly pending: number;
  readonly pushes: number;
  readonly idle: number;
  readonly isPinned: boolean;
  readonly jsonFile: string | undefined;
  readonly folder: string | undefined;
  readonly nodeArgs: readonly string[];
}

/** A command line that cannot be used; the message says why. */
export class UsageError extends Error {}

export const HELP = `npm run bench -- [options]

Logs in through Sallyport and through FreeRADIUS, in turn, on the same home server with the same load, and prints a report.
  a        PAP, relayed to the home server, no second factor
  b        PAP at the home server, then a TOTP passcode by Access-Challenge
  pending  b again, while few and while very many challenges are pending
  pushes   b again, while no push and while thousands of held logins wait for a phone
  rules    b again, under ten rules and under ten thousand
  users    b again, by HOTP, of ten users and of --users
  radsec   (a) by one TLS connection, and over UDP; memory of idle connections
  start    from spawning the process to its ready line; memory at idle

  --only a,b,pending,pushes,rules,users,radsec,start   these parts only (default: all)
  --rounds N        rounds of each contestant; the report gives medians (default 5)
  --seconds S       measured seconds of one round (default 2)
  --outstanding N   logins under way at any time (default 64)
  --users N         users with a token, for b, pending and users (default 100000)
  --pending N       challenges left unanswered (default 100000)
  --pushes N        logins held for an answer from a phone (default 5000)
  --idle N          RadSec connections on which nothing happens (default 1000)
  --pinned          the server under test on processor 0, home server and load generator on processor 1
  --folder PATH     where databases and logs are written, removed at the end (default: the system's temporary folder)
  --node-args=TEXT  arguments for Node when it runs Sallyport, e.g. --node-args="--cpu-prof --cpu-prof-dir=/tmp/prof"
  --json FILE       all figures of all rounds, too
  --help            this text
`;

/** Reads the command line; `help` when that is all that is wanted. Throws `UsageError`. */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parse(args);
  if (values.help === true) return 'help';
  const parts = (values.only ?? PARTS.join(',')).split(',').map((name) => {
    const part = PARTS.find((known) => known === name);
    if (part === undefined) throw new UsageError(`--only ${name}: there are ${PARTS.join(', ')}`);
    return part;
  });
  return {
    parts,
    rounds: whole('rounds', values.rounds, 5),
    seconds: positive('seconds', values.seconds, 2),
    outstanding: whole('outstanding', values.outstanding, 64),
    users: whole('users', values.users, 100_000),
    pending: whole('pending', values.pending, 100_000),
    pushes: whole('pushes', values.pushes, 5_000),
    idle: whole('idle', values.idle, 1_000),
    isPinned: values.pinned ?? false,
    jsonFile: values.json,
    folder: values.folder,
    nodeArgs: (values['node-args'] ?? '').split(' ').filter((argument) => argument !== ''),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: text,
        rounds: text,
        seconds: text,
        outstanding: text,
        users: text,
        pending: text,
        pushes: text,
        idle: text,
        pinned: flag,
        folder: text,
        'node-args': text,
        json: text,
        help: flag,
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

function positive(name: string, text: string | undefined, ifAbsent: number): number {
  const value = text === undefined ? ifAbsent : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`--${name} ${text ?? ''}: must be a number above 0`);
}

function whole(name: string, text: string | undefined, ifAbsent: number): number {
  const value = positive(name, text, ifAbsent);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`--${name} ${text ?? ''}: must be a whole number`);
}
