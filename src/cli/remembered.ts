import type { CommandModule } from 'yargs';
import type { RememberedRecord } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { requireUser } from './known-user.ts';
import { printPagedTable } from './paged-table.ts';
import { printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface RememberedListArguments extends ConfigArguments {
  readonly user?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface RememberedRevokeArguments extends ConfigArguments {
  readonly user?: string | undefined;
  readonly all?: boolean | undefined;
}

/** `remembered list [USER]`: from where the first door is enough, and until when. */
export async function rememberedList(args: RememberedListArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    if (args.user !== undefined && (await requireUser(storage, args.user, io)) === undefined) return 1;
    const views = (await storage.remembered.list(args.user)).map(viewOf);
    if (args.json === true) printSafeJson(io, views);
    else await printRemembered(io, views);
    return 0;
  });
}

function viewOf({ username, client, station, createdAtMs, expiresAtMs }: RememberedRecord) {
  return {
    user: username,
    client,
    station: Buffer.from(station, 'latin1').toString('utf8'),
    since: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
  };
}

function printRemembered(io: CliIo, views: readonly ReturnType<typeof viewOf>[]): Promise<void> {
  return printPagedTable(io, {
    columns: [
      { heading: 'User', key: 'user' },
      { heading: 'Client', key: 'client' },
      { heading: 'Station', key: 'station' },
      { heading: 'Since', key: 'since' },
      { heading: 'Expires', key: 'expiresAt' },
    ],
    rows: views,
    empty: 'No login is remembered.',
  });
}

/** `remembered revoke USER|--all`: the next login needs both doors again. */
export async function rememberedRevoke(args: RememberedRevokeArguments, io: CliIo): Promise<ExitStatus> {
  if ((args.user === undefined) !== (args.all === true)) {
    io.err('Name a user, or say --all.');
    return 2;
  }
  return withStore(args, io, async ({ storage }) => {
    if (args.user !== undefined && (await requireUser(storage, args.user, io)) === undefined) return 1;
    const count = await storage.remembered.revoke(args.user);
    io.out(count === 1 ? '1 remembered login revoked.' : `${count} remembered logins revoked.`);
    return 0;
  });
}

/** `sallyport remembered …`. */
export const command: CommandModule = {
  command: 'remembered <command>',
  describe: 'Logins that need no second factor for a while: list, revoke',
  builder: (yargs) =>
    yargs
      .command(listCommand)
      .command(revokeCommand)
      .demandCommand(1, 'Which command? See sallyport remembered --help.')
      .strict(),
  handler: () => undefined,
};

const listCommand: CommandModule<object, RememberedListArguments> = {
  command: 'list [user]',
  describe: 'List remembered logins, of one user or of all',
  builder: (yargs) =>
    yargs
      .positional('user', { type: 'string', describe: 'Whose; all without it' })
      .options({ json: { type: 'boolean', describe: 'Print JSON' }, ...configOption }),
  handler: handler(rememberedList),
};

const revokeCommand: CommandModule<object, RememberedRevokeArguments> = {
  command: 'revoke [user]',
  describe: 'End the remembered logins of a user, or all',
  builder: (yargs) =>
    yargs
      .positional('user', { type: 'string', describe: 'Whose' })
      .options({ all: { type: 'boolean', describe: 'Those of everybody' }, ...configOption }),
  handler: handler(rememberedRevoke),
};
