import type { CommandModule } from 'yargs';
import { groupCode } from '../factors/index.ts';
import type { UserRecord } from '../storage/index.ts';
import { codeView, listCodes, newCode } from './code-view.ts';
import type { CodeView } from './code-view.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { requireUser, textProblem } from './known-user.ts';
import { printPagedTable } from './paged-table.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface BypassAddArguments extends ConfigArguments {
  readonly user: string;
  readonly reason: string;
  readonly seconds: number;
  readonly json?: boolean | undefined;
}

export interface BypassListArguments extends ConfigArguments {
  readonly user?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface BypassRevokeArguments extends ConfigArguments {
  readonly id: number;
}

const DEFAULT_SECONDS = 300;
const MAX_SECONDS = 86_400;

/** `bypass add USER --reason TEXT`: a code that stands for the second factor of one login, shown once. */
export async function bypassAdd(args: BypassAddArguments, io: CliIo): Promise<ExitStatus> {
  const reason = args.reason.trim();
  const problem = argumentsProblem(reason, args.seconds);
  if (problem !== undefined) {
    io.err(problem);
    return 2;
  }
  return withStore(args, io, async ({ storage, clock, random }) => {
    const user = await requireUser(storage, args.user, io);
    if (user === undefined) return 1;
    const nowMs = clock.nowMs();
    const { code, digest } = newCode(storage, random, { userId: user.id, kind: 'bypass' });
    const kept = { userId: user.id, kind: 'bypass', digest, label: reason } as const;
    const record = await storage.codes.addCode({ ...kept, expiresAtMs: nowMs + args.seconds * 1000 });
    if (args.json === true) printSafeJson(io, { ...bypassView(codeView(record)), code: groupCode(code, 5) });
    else show(io, user, groupCode(code, 5), args.seconds);
    noteClosed(io, user, nowMs);
    return 0;
  });
}

function argumentsProblem(reason: string, seconds: number): string | undefined {
  if (reason === '') return '--reason is empty: say why the second factor is left out.';
  const isFit = Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= MAX_SECONDS;
  if (!isFit) return `--seconds must be a whole number from 1 to ${MAX_SECONDS} (24 hours).`;
  return textProblem('--reason', reason);
}

function show(io: CliIo, { name }: UserRecord, code: string, seconds: number): void {
  io.out(`Bypass code of user ${printable(name)}, shown only now: ${code}`);
  io.out(`It stands for the second factor of one login within ${seconds} seconds.`);
}

function noteClosed(io: CliIo, user: UserRecord, nowMs: number): void {
  if (!user.isEnabled) io.err('Note: the user is disabled, so the code opens nothing: sallyport user enable.');
  if (user.blockedUntilMs !== undefined)
    io.err('Note: the user is blocked, so the code opens nothing: sallyport block remove.');
  if (user.lockedUntilMs > nowMs)
    io.err('Note: the user is locked out, so the code opens nothing: sallyport user unlock.');
}

/** `bypass list [USER]`: codes that can still be used, and why they were given; never the codes. */
export async function bypassList(args: BypassListArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, ({ storage }) =>
    listCodes(storage, { kind: 'bypass', username: args.user }, io, async (views) => {
      if (args.json === true) printSafeJson(io, views.map(bypassView));
      else await printBypasses(io, views);
    }),
  );
}

function bypassView({ id, user, label, createdAt, expiresAt }: CodeView) {
  return { id, user, reason: label, createdAt, expiresAt };
}

function printBypasses(io: CliIo, views: readonly CodeView[]): Promise<void> {
  return printPagedTable(io, {
    columns: [
      { heading: 'Id', key: 'id', align: 'right' },
      { heading: 'User', key: 'user' },
      { heading: 'Reason', key: 'label' },
      { heading: 'Added', key: 'createdAt' },
      { heading: 'Expires', key: 'expiresAt' },
    ],
    rows: views,
    empty: 'No bypass code can be used: sallyport bypass add USER --reason TEXT',
  });
}

/** `bypass revoke ID`. */
export async function bypassRevoke(args: BypassRevokeArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    const { username } = await storage.codes.deleteCode(args.id, 'bypass');
    io.out(`Bypass code ${args.id} of user ${printable(username)} revoked.`);
    return 0;
  });
}

/** `sallyport bypass …`. */
export const command: CommandModule = {
  command: 'bypass <command>',
  describe: 'One-time codes that stand for a second factor: add, list, revoke',
  builder: (yargs) =>
    yargs
      .command(addCommand)
      .command(listCommand)
      .command(revokeCommand)
      .demandCommand(1, 'Which command? See sallyport bypass --help.')
      .strict(),
  handler: () => undefined,
};

const addCommand: CommandModule<object, BypassAddArguments> = {
  command: 'add <user>',
  describe: 'Make a code for one login, and show it once',
  builder: (yargs) =>
    yargs.positional('user', { type: 'string', demandOption: true, describe: 'Whose' }).options({
      reason: { type: 'string', demandOption: true, requiresArg: true, describe: 'Why: kept with the code' },
      seconds: {
        type: 'number',
        requiresArg: true,
        default: DEFAULT_SECONDS,
        describe: `How long it can be used, at most ${MAX_SECONDS}`,
      },
      json: { type: 'boolean', describe: 'Print JSON' },
      ...configOption,
    }),
  handler: handler(bypassAdd),
};

const listCommand: CommandModule<object, BypassListArguments> = {
  command: 'list [user]',
  describe: 'List codes that can still be used, of one user or of all',
  builder: (yargs) =>
    yargs
      .positional('user', { type: 'string', describe: 'Whose; all without it' })
      .options({ json: { type: 'boolean', describe: 'Print JSON' }, ...configOption }),
  handler: handler(bypassList),
};

const revokeCommand: CommandModule<object, BypassRevokeArguments> = {
  command: 'revoke <id>',
  describe: 'Make a code void',
  builder: (yargs) =>
    yargs
      .positional('id', { type: 'number', demandOption: true, describe: 'The number, as bypass list shows it' })
      .options(configOption),
  handler: handler(bypassRevoke),
};
