import type { CommandModule } from 'yargs';
import type { Storage } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { confirm } from './confirm.ts';
import { endedAutomatically } from './ended-sessions.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { textProblem } from './known-user.ts';
import { lost } from './lost.ts';
import { printable } from './safe-text.ts';
import { withStore, type StoreContext } from './store.ts';

export interface UserChangeArguments extends ConfigArguments {
  readonly name: string;
  readonly yes?: boolean | undefined;
}

export interface UserResetArguments extends UserChangeArguments {
  readonly reason?: string | undefined;
}

const DEFAULT_REASON = 'An administrator has reset your enrolment.';

/** `user disable NAME`: every login of the user is refused from now on. */
export function userDisable(args: UserChangeArguments, io: CliIo): Promise<ExitStatus> {
  return change(args, io, async ({ users }, context) => {
    await users.setUser(args.name, { isEnabled: false });
    const first = 'is disabled: every login is refused until sallyport user enable.';
    return [first, ...(await endedAutomatically(args.name, context))];
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
    const isBlocked = (await users.findUserRecord(args.name))?.blockedUntilMs !== undefined;
    const note = 'They are on the block list all the same: sallyport block remove.';
    return ['is unlocked; wrong answers are counted from 0 again.', ...(isBlocked ? [note] : [])];
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

/** `user reset NAME`: takes the user's tokens and codes away, so that they enrol again, and keeps why. */
export async function userReset(args: UserResetArguments, io: CliIo): Promise<ExitStatus> {
  const reason = (args.reason ?? '').trim() || DEFAULT_REASON;
  const problem = textProblem('--reason', reason);
  if (problem !== undefined) {
    io.err(problem);
    return 2;
  }
  return change(args, io, async ({ users }) => [
    ...lost(await users.resetUser(args.name, reason)),
    'They are shown the reason until a token is active again; the policy\'s "unenrolled" decides about their logins.',
  ]);
}

/** `user phone-lost NAME`: takes at once what the lost phone may give away. */
export function userPhoneLost(args: UserChangeArguments, io: CliIo): Promise<ExitStatus> {
  return change(args, io, async ({ users, tokens }) => {
    const removed = await users.forgetPhone(args.name);
    const left = (await tokens.listTokens(args.name)).map(({ serial }) => printable(serial));
    if (left.length === 0) return lost(removed);
    return [
      ...lost(removed),
      `Still there: ${left.join(', ')}. One that was on the phone: sallyport token delete SERIAL`,
    ];
  });
}

/** Does it for a user who exists, under the name as it is written in the store. */
function change(
  args: UserChangeArguments,
  io: CliIo,
  work: (storage: Storage, context: StoreContext) => Promise<readonly string[]>,
): Promise<ExitStatus> {
  return withStore(args, io, async (context) => {
    const { storage } = context;
    const user = await storage.users.findUserRecord(args.name);
    if (user === undefined) return unknown(args.name, io);
    const [first = '', ...more] = await work(storage, context);
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
  ['phone-lost', 'Remove phone number, push tokens and codes of a user at once', userPhoneLost],
];

const name = { type: 'string', demandOption: true, describe: 'The user' } as const;

/** `user disable`, `enable`, `unlock` and `phone-lost`. */
export const userChangeCommands = changes.map(([verb, describe, run]): CommandModule<object, UserChangeArguments> => ({
  command: `${verb} <name>`,
  describe,
  builder: (yargs) => yargs.positional('name', name).options(configOption),
  handler: handler(run),
}));

export const userResetCommand: CommandModule<object, UserResetArguments> = {
  command: 'reset <name>',
  describe: "Remove a user's tokens and codes, so that they enrol again",
  builder: (yargs) =>
    yargs.positional('name', name).options({
      reason: { type: 'string', requiresArg: true, describe: 'Why: the user is shown it' },
      ...configOption,
    }),
  handler: handler(userReset),
};

export const userDeleteCommand: CommandModule<object, UserChangeArguments> = {
  command: 'delete <name>',
  describe: 'Delete a user and their tokens',
  builder: (yargs) =>
    yargs.positional('name', name).options({ yes: { type: 'boolean', describe: 'Do not ask' }, ...configOption }),
  handler: handler(userDelete),
};
