import type { CommandModule } from 'yargs';
import { groupCode } from '../factors/index.ts';
import { codeView, listCodes, newCode } from './code-view.ts';
import type { CodeView } from './code-view.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { confirm } from './confirm.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { requireUser, textProblem } from './known-user.ts';
import { printPagedTable } from './paged-table.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface AppPasswordAddArguments extends ConfigArguments {
  readonly user: string;
  readonly client: string;
  readonly label?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface AppPasswordListArguments extends ConfigArguments {
  readonly user?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface AppPasswordRevokeArguments extends ConfigArguments {
  readonly id?: number | undefined;
  readonly all?: boolean | undefined;
  readonly user?: string | undefined;
  readonly yes?: boolean | undefined;
}

/** `app-password add USER --client NAME`: a password for a device that knows no second factor, shown once. */
export async function appPasswordAdd(args: AppPasswordAddArguments, io: CliIo): Promise<ExitStatus> {
  const label = (args.label ?? '').trim();
  const problem = textProblem('--label', label);
  if (problem !== undefined) {
    io.err(problem);
    return 2;
  }
  return withStore(args, io, async ({ storage, config, random }) => {
    const user = await requireUser(storage, args.user, io);
    if (user === undefined) return 1;
    if (!config.clients.some(({ name }) => name === args.client)) {
      io.err(`There is no client ${printable(args.client)} in the configuration.`);
      return 1;
    }
    const { code, digest } = newCode(storage, random, { userId: user.id, kind: 'app-password' });
    const kept = { userId: user.id, kind: 'app-password', digest, client: args.client, label } as const;
    const record = await storage.codes.addCode({ ...kept, expiresAtMs: 0 });
    const password = groupCode(code, 4);
    if (args.json === true) printSafeJson(io, { ...appPasswordView(codeView(record)), password });
    else {
      io.out(`App password ${record.id} of user ${printable(user.name)}, shown only now: ${password}`);
      io.out(`It opens ${printable(args.client)} without a second factor, and nothing else, until it is revoked.`);
    }
    return 0;
  });
}

/** `app-password list [USER]`: never the passwords. */
export async function appPasswordList(args: AppPasswordListArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, ({ storage }) =>
    listCodes(storage, { kind: 'app-password', username: args.user }, io, async (views) => {
      if (args.json === true) printSafeJson(io, views.map(appPasswordView));
      else await printAppPasswords(io, views);
    }),
  );
}

function appPasswordView({ id, user, client, label, createdAt }: CodeView) {
  return { id, user, client, label, createdAt };
}

function printAppPasswords(io: CliIo, views: readonly CodeView[]): Promise<void> {
  return printPagedTable(io, {
    columns: [
      { heading: 'Id', key: 'id', align: 'right' },
      { heading: 'User', key: 'user' },
      { heading: 'Client', key: 'client' },
      { heading: 'Label', key: 'label' },
      { heading: 'Added', key: 'createdAt' },
    ],
    rows: views,
    empty: 'There are no app passwords: sallyport app-password add USER --client NAME',
  });
}

/** `app-password revoke ID`, or `--all` of one user (`--user`) or of everybody (asks first). */
export async function appPasswordRevoke(args: AppPasswordRevokeArguments, io: CliIo): Promise<ExitStatus> {
  const isAll = args.all === true;
  if (isAll === (args.id !== undefined) || (args.user !== undefined && !isAll)) {
    io.err('Name the number of one app password, or --all (of one user with --user).');
    return 2;
  }
  return withStore(args, io, async ({ storage }) => {
    if (args.id !== undefined) {
      const { username } = await storage.codes.deleteCode(args.id, 'app-password');
      io.out(`App password ${args.id} of user ${printable(username)} revoked.`);
      return 0;
    }
    if (args.user !== undefined && (await requireUser(storage, args.user, io)) === undefined) return 1;
    const whose = args.user === undefined ? 'all users' : `user ${printable(args.user)}`;
    const answer = await confirm(io, `Revoke every app password of ${whose}?`, args.user !== undefined || args.yes);
    if (answer !== 'yes') return answer === 'no' ? 1 : 2;
    const count = await storage.codes.deleteCodes({ kind: 'app-password', username: args.user });
    io.out(`App passwords of ${whose} revoked: ${count}.`);
    return 0;
  });
}

/** `sallyport app-password …`. */
export const command: CommandModule = {
  command: 'app-password <command>',
  describe: 'Passwords for devices that know no second factor: add, list, revoke',
  builder: (yargs) =>
    yargs
      .command(addCommand)
      .command(listCommand)
      .command(revokeCommand)
      .demandCommand(1, 'Which command? See sallyport app-password --help.')
      .strict(),
  handler: () => undefined,
};

const addCommand: CommandModule<object, AppPasswordAddArguments> = {
  command: 'add <user>',
  describe: 'Make an app password for one client, and show it once',
  builder: (yargs) =>
    yargs.positional('user', { type: 'string', demandOption: true, describe: 'Whose' }).options({
      client: { type: 'string', demandOption: true, requiresArg: true, describe: 'The one client it opens' },
      label: { type: 'string', requiresArg: true, describe: 'What it is for, to know it by later' },
      json: { type: 'boolean', describe: 'Print JSON' },
      ...configOption,
    }),
  handler: handler(appPasswordAdd),
};

const listCommand: CommandModule<object, AppPasswordListArguments> = {
  command: 'list [user]',
  describe: 'List app passwords, of one user or of all',
  builder: (yargs) =>
    yargs
      .positional('user', { type: 'string', describe: 'Whose; all without it' })
      .options({ json: { type: 'boolean', describe: 'Print JSON' }, ...configOption }),
  handler: handler(appPasswordList),
};

const revokeCommand: CommandModule<object, AppPasswordRevokeArguments> = {
  command: 'revoke [id]',
  describe: 'Make one app password void, or all',
  builder: (yargs) =>
    yargs.positional('id', { type: 'number', describe: 'The number, as app-password list shows it' }).options({
      all: { type: 'boolean', describe: 'Every one' },
      user: { type: 'string', requiresArg: true, describe: 'With --all: of this user alone' },
      yes: { type: 'boolean', describe: 'Do not ask' },
      ...configOption,
    }),
  handler: handler(appPasswordRevoke),
};
