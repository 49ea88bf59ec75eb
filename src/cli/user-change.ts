import type { CommandModule } from 'yargs';
import type { Storage } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { confirm } from './confirm.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { printable } from './safe-text.ts';
import { withStore } from './store.ts';

export interface UserChangeArguments extends ConfigArguments {
  readonly name: string;
  readonly yes?: boolean | undefined;
}

/** `user disable NAME`: every login of the user is refused from now on. */
export function userDisable(args: UserChangeArguments, io: CliIo): Promise<ExitStatus> {
  return change(args, io, async ({ users }) => {
    await users.setUser(args.name, { isEnabled: false });
    return ['is disabled: every login is refused until sallyport user enable.'];
  });
}

/** `user enable NAME`. */
export function userEnable(args: UserChangeArguments, io: CliIo): Promise<ExitStatus> {
  return change(args, io, async ({ users }) => {
    await users.setUser(args.name, { isEnabled: true });
    return ['is enabled.'];
  });
}

/** `user unlock NAME`: ends a lock-out and forgets the wrong answers. */
export function userUnlock(args: UserChangeArguments, io: CliIo): Promise<ExitStatus> {
  return change(args, io, async ({ users }) => {
    await users.unlockUser(args.name);
    return ['is unlocked; wrong answers are counted from 0 again.'];
  });
}

/** `user delete NAME`: the user and their tokens; asks first. */
export async function userDelete(args: UserChangeArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    const user = await storage.users.findUserRecord(args.name);
    if (user === undefined) return unknown(args.name, io);
    const name = printable(user.name);
    const answer = await confirm(io, `Delete user ${name} and ${count(user.tokenCount)}?`, args.yes);
    if (answer !== 'yes') return answer === 'no' ? 1 : 2;
    await storage.users.deleteUser(user.name);
    io.out(`User ${name} and ${count(user.tokenCount)} deleted. The authentication log keeps the past logins.`);
    return 0;
  });
}

/** `user reset NAME`: takes the user's tokens away, so that they enrol again. */
export function userReset(args: UserChangeArguments, io: CliIo): Promise<ExitStatus> {
  return change(args, io, async ({ tokens }) => {
    const own = await tokens.listTokens(args.name);
    for (const token of own) await tokens.deleteToken(token.serial);
    if (own.length === 0) return ['has no tokens: nothing was removed.'];
    return [
      `has lost ${count(own.length)}: ${own.map(({ serial }) => printable(serial)).join(', ')}.`,
      'Until a token is added again, the policy\'s "unenrolled" decides about their logins.',
    ];
  });
}

/** Does it for a user who exists, under the name as it is written in the store. */
function change(
  args: UserChangeArguments,
  io: CliIo,
  work: (storage: Storage) => Promise<readonly string[]>,
): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    const user = await storage.users.findUserRecord(args.name);
    if (user === undefined) return unknown(args.name, io);
    const [first = '', ...more] = await work(storage);
    io.out([`User ${printable(user.name)} ${first}`, ...more].join('\n'));
    return 0;
  });
}

function unknown(name: string, io: CliIo): ExitStatus {
  io.err(`There is no user ${printable(name)}.`);
  return 1;
}

function count(tokens: number): string {
  return tokens === 1 ? '1 token' : `${tokens} tokens`;
}

type Run = (args: UserChangeArguments, io: CliIo) => Promise<ExitStatus>;

const changes: readonly (readonly [verb: string, describe: string, run: Run])[] = [
  ['disable', 'Refuse every login of a user', userDisable],
  ['enable', 'Let a disabled user log in again', userEnable],
  ['unlock', 'End a lock-out after wrong answers', userUnlock],
  ['reset', "Remove a user's tokens, so that they enrol again", userReset],
];

const name = { type: 'string', demandOption: true, describe: 'The user' } as const;

/** `user disable`, `enable`, `unlock` and `reset`. */
export const userChangeCommands = changes.map(([verb, describe, run]): CommandModule<object, UserChangeArguments> => ({
  command: `${verb} <name>`,
  describe,
  builder: (yargs) => yargs.positional('name', name).options(configOption),
  handler: handler(run),
}));

export const userDeleteCommand: CommandModule<object, UserChangeArguments> = {
  command: 'delete <name>',
  describe: 'Delete a user and their tokens',
  builder: (yargs) =>
    yargs.positional('name', name).options({ yes: { type: 'boolean', describe: 'Do not ask' }, ...configOption }),
  handler: handler(userDelete),
};
