import type { CommandModule } from 'yargs';
import type { UserRecord } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { printPagedTable } from './paged-table.ts';
import { printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface UserListArguments extends ConfigArguments {
  readonly json?: boolean | undefined;
}

/** What is shown of a user: everything but the password's hash. */
export interface UserView {
  readonly name: string;
  readonly isEnabled: boolean;
  /** ISO 8601, while locked out. */
  readonly lockedUntil: string | null;
  /** ISO 8601; `removed`: until somebody takes the user off the block list; `null`: not on it. */
  readonly blockedUntil: string | null;
  readonly failures: number;
  readonly hasPassword: boolean;
  readonly hasPin: boolean;
  readonly tokens: number;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly language: string | null;
  /** The user's own order of factors. */
  readonly preferred: readonly string[] | null;
  /** Groups that are kept here. */
  readonly groups: readonly string[];
  /** Why the enrolment was reset, until a token is active again. */
  readonly resetReason: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What is shown of that user at that moment. */
export function userView(user: UserRecord, nowMs: number): UserView {
  return {
    name: user.name,
    isEnabled: user.isEnabled,
    lockedUntil: user.lockedUntilMs > nowMs ? new Date(user.lockedUntilMs).toISOString() : null,
    blockedUntil: blockedUntil(user.blockedUntilMs),
    failures: user.failures,
    hasPassword: user.passwordHash !== undefined,
    hasPin: user.pinHash !== undefined,
    tokens: user.tokenCount,
    firstName: user.firstName ?? null,
    lastName: user.lastName ?? null,
    email: user.email ?? null,
    phone: user.phone ?? null,
    language: user.language ?? null,
    preferred: user.preferred ?? null,
    groups: user.groups ?? [],
    resetReason: user.resetReason ?? null,
    createdAt: new Date(user.createdAtMs).toISOString(),
  };
}

function blockedUntil(untilMs: number | undefined): string | null {
  if (untilMs === undefined) return null;
  return Number.isFinite(untilMs) ? new Date(untilMs).toISOString() : 'removed';
}

/** `disabled`, `blocked until …`, `locked until …` or `enabled`. */
export function userState(view: UserView): string {
  if (!view.isEnabled) return 'disabled';
  if (view.blockedUntil !== null) return `blocked until ${view.blockedUntil}`;
  return view.lockedUntil === null ? 'enabled' : `locked until ${view.lockedUntil}`;
}

/** `user list`: every user, one a line. */
export async function userList(args: UserListArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage, clock }) => {
    const views = (await storage.users.listUsers()).map((user) => userView(user, clock.nowMs()));
    if (args.json === true) {
      printSafeJson(io, views);
      return 0;
    }
    const rows = views.map((view) => ({
      ...view,
      state: userState(view),
      password: view.hasPassword ? 'here' : 'none',
      inGroups: view.groups.join(', '),
      fullName: [view.firstName, view.lastName].filter((part) => part !== null).join(' '),
    }));
    await printPagedTable(io, {
      columns: [
        { heading: 'User', key: 'name' },
        { heading: 'State', key: 'state' },
        { heading: 'Password', key: 'password' },
        { heading: 'Tokens', key: 'tokens', align: 'right' },
        { heading: 'Name', key: 'fullName' },
        { heading: 'E-mail', key: 'email' },
        { heading: 'Groups', key: 'inGroups' },
      ],
      rows,
      empty: 'There are no users yet: sallyport user add NAME',
    });
    return 0;
  });
}

export const userListCommand: CommandModule<object, UserListArguments> = {
  command: 'list',
  describe: 'List the users',
  builder: (yargs) => yargs.options({ json: { type: 'boolean', describe: 'Print JSON' }, ...configOption }),
  handler: handler(userList),
};
