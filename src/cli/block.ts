import { userInfo } from 'node:os';
import type { CommandModule } from 'yargs';
import type { BlockRecord } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { endedAutomatically } from './ended-sessions.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { requireUser, textProblem } from './known-user.ts';
import { printPagedTable } from './paged-table.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface BlockAddArguments extends ConfigArguments {
  readonly user: string;
  readonly reason: string;
  readonly days?: number | undefined;
}

export interface BlockListArguments extends ConfigArguments {
  readonly json?: boolean | undefined;
}

export interface BlockRemoveArguments extends ConfigArguments {
  readonly user: string;
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;

/** `block add USER --reason TEXT [--days N]`: every login of the user is refused, for a time or until it is removed. */
export async function blockAdd(args: BlockAddArguments, io: CliIo): Promise<ExitStatus> {
  const reason = args.reason.trim();
  const problem = argumentsProblem(reason, args.days);
  if (problem !== undefined) {
    io.err(problem);
    return 2;
  }
  return withStore(args, io, async (context) => {
    const { storage, clock } = context;
    const user = await requireUser(storage, args.user, io);
    if (user === undefined) return 1;
    const untilMs = args.days === undefined ? 0 : clock.nowMs() + args.days * DAY_MS;
    const block = await storage.blocks.add({ username: user.name, reason, by: userInfo().username, untilMs });
    io.out(`User ${printable(user.name)} is blocked ${untilText(block)}; remembered logins of theirs have ended.`);
    for (const line of await endedAutomatically(user.name, context)) io.out(line);
    return 0;
  });
}

function argumentsProblem(reason: string, days: number | undefined): string | undefined {
  if (reason === '') return '--reason is empty: say why the user is blocked.';
  const isFit = days === undefined || (Number.isSafeInteger(days) && days >= 1 && days <= MAX_DAYS);
  return isFit ? textProblem('--reason', reason) : `--days must be a whole number from 1 to ${MAX_DAYS}.`;
}

function untilText({ untilMs }: BlockRecord): string {
  return untilMs === 0 ? 'until sallyport block remove' : `until ${new Date(untilMs).toISOString()}`;
}

/** `block list`: users who are blocked now, and why. */
export async function blockList(args: BlockListArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    const views = (await storage.blocks.list()).map(viewOf);
    if (args.json === true) printSafeJson(io, views);
    else await printBlocks(io, views);
    return 0;
  });
}

function viewOf({ username, reason, by, fromMs, untilMs }: BlockRecord) {
  const until = untilMs === 0 ? null : new Date(untilMs).toISOString();
  return { user: username, reason, by, from: new Date(fromMs).toISOString(), until };
}

function printBlocks(io: CliIo, views: readonly ReturnType<typeof viewOf>[]): Promise<void> {
  return printPagedTable(io, {
    columns: [
      { heading: 'User', key: 'user' },
      { heading: 'Reason', key: 'reason' },
      { heading: 'By', key: 'by' },
      { heading: 'From', key: 'from' },
      { heading: 'Until', key: 'until' },
    ],
    rows: views.map((view) => ({ ...view, until: view.until ?? 'removed' })),
    empty: 'Nobody is blocked.',
  });
}

/** `block remove USER`. */
export async function blockRemove(args: BlockRemoveArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    const user = await requireUser(storage, args.user, io);
    if (user === undefined) return 1;
    const wasBlocked = await storage.blocks.remove(user.name);
    if (wasBlocked) io.out(`User ${printable(user.name)} is blocked no more.`);
    else io.err(`User ${printable(user.name)} is not blocked.`);
    return wasBlocked ? 0 : 1;
  });
}

/** `sallyport block …`. */
export const command: CommandModule = {
  command: 'block <command>',
  describe: 'Users whom nobody lets in: add, list, remove',
  builder: (yargs) =>
    yargs
      .command(addCommand)
      .command(listCommand)
      .command(removeCommand)
      .demandCommand(1, 'Which command? See sallyport block --help.')
      .strict(),
  handler: () => undefined,
};

const addCommand: CommandModule<object, BlockAddArguments> = {
  command: 'add <user>',
  describe: 'Refuse every login of a user',
  builder: (yargs) =>
    yargs.positional('user', { type: 'string', demandOption: true, describe: 'Whom' }).options({
      reason: { type: 'string', demandOption: true, requiresArg: true, describe: 'Why: kept on the list' },
      days: { type: 'number', requiresArg: true, describe: 'For how long; without it: until removed' },
      ...configOption,
    }),
  handler: handler(blockAdd),
};

const listCommand: CommandModule<object, BlockListArguments> = {
  command: 'list',
  describe: 'List users who are blocked now',
  builder: (yargs) => yargs.options({ json: { type: 'boolean', describe: 'Print JSON' }, ...configOption }),
  handler: handler(blockList),
};

const removeCommand: CommandModule<object, BlockRemoveArguments> = {
  command: 'remove <user>',
  describe: 'Let a blocked user log in again',
  builder: (yargs) =>
    yargs.positional('user', { type: 'string', demandOption: true, describe: 'Whom' }).options(configOption),
  handler: handler(blockRemove),
};
