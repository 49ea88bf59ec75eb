import type { CommandModule } from 'yargs';
import { groupCode } from '../factors/index.ts';
import { listCodes, newCode } from './code-view.ts';
import type { CodeView } from './code-view.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { requireUser } from './known-user.ts';
import { printPagedTable } from './paged-table.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface BackupCodesAddArguments extends ConfigArguments {
  readonly user: string;
  readonly count: number;
  readonly json?: boolean | undefined;
}

export interface BackupCodesListArguments extends ConfigArguments {
  readonly user?: string | undefined;
  readonly json?: boolean | undefined;
}

const DEFAULT_COUNT = 10;
const MAX_COUNT = 50;

/** `backup-codes add USER`: new codes in the place of the old ones, each for one login, shown once. */
export async function backupCodesAdd(args: BackupCodesAddArguments, io: CliIo): Promise<ExitStatus> {
  const { count } = args;
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_COUNT) {
    io.err(`--count must be a whole number from 1 to ${MAX_COUNT}.`);
    return 2;
  }
  return withStore(args, io, async ({ storage, random }) => {
    const user = await requireUser(storage, args.user, io);
    if (user === undefined) return 1;
    const made = Array.from({ length: count }, () => newCode(storage, random, { userId: user.id, kind: 'backup' }));
    await storage.codes.replaceBackupCodes(
      user.id,
      made.map(({ digest }) => digest),
    );
    const codes = made.map(({ code }) => groupCode(code, 5));
    if (args.json === true) printSafeJson(io, { user: user.name, codes });
    else {
      io.out(`Backup codes of user ${printable(user.name)}, shown only now; those before are void:`);
      io.out(codes.map((code) => `  ${code}`).join('\n'));
      io.out('Each stands for the second factor of one login.');
    }
    return 0;
  });
}

/** `backup-codes list [USER]`: how many are left. */
export async function backupCodesList(args: BackupCodesListArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    const owner = args.user === undefined ? undefined : await storage.users.findUserRecord(args.user);
    return listCodes(storage, { kind: 'backup', username: args.user }, io, async (views) => {
      const rows = countByUser(views, owner?.name);
      if (args.json === true) printSafeJson(io, rows);
      else await printCounts(io, rows);
    });
  });
}

/** One row a user; the user asked for has a row without codes as well. */
function countByUser(views: readonly CodeView[], asked: string | undefined): { user: string; left: number }[] {
  const counts = new Map<string, number>(asked === undefined ? [] : [[asked, 0]]);
  for (const { user } of views) counts.set(user, (counts.get(user) ?? 0) + 1);
  return [...counts].map(([user, left]) => ({ user, left }));
}

function printCounts(io: CliIo, rows: readonly { user: string; left: number }[]): Promise<void> {
  return printPagedTable(io, {
    columns: [
      { heading: 'User', key: 'user' },
      { heading: 'Codes left', key: 'left', align: 'right' },
    ],
    rows,
    empty: 'Nobody has backup codes: sallyport backup-codes add USER',
  });
}

/** `sallyport backup-codes …`. */
export const command: CommandModule = {
  command: 'backup-codes <command>',
  describe: 'Codes a user keeps for the day the phone is away: add, list',
  builder: (yargs) =>
    yargs
      .command(addCommand)
      .command(listCommand)
      .demandCommand(1, 'Which command? See sallyport backup-codes --help.')
      .strict(),
  handler: () => undefined,
};

const addCommand: CommandModule<object, BackupCodesAddArguments> = {
  command: 'add <user>',
  describe: 'Make new codes in the place of the old ones, and show them once',
  builder: (yargs) =>
    yargs.positional('user', { type: 'string', demandOption: true, describe: 'Whose' }).options({
      count: { type: 'number', requiresArg: true, default: DEFAULT_COUNT, describe: `How many, at most ${MAX_COUNT}` },
      json: { type: 'boolean', describe: 'Print JSON' },
      ...configOption,
    }),
  handler: handler(backupCodesAdd),
};

const listCommand: CommandModule<object, BackupCodesListArguments> = {
  command: 'list [user]',
  describe: 'How many codes are left, of one user or of all',
  builder: (yargs) =>
    yargs
      .positional('user', { type: 'string', describe: 'Whose; all without it' })
      .options({ json: { type: 'boolean', describe: 'Print JSON' }, ...configOption }),
  handler: handler(backupCodesList),
};
