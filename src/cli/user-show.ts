import type { CommandModule } from 'yargs';
import { configOption } from './configuration.ts';
import { handler, printTable } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';
import { printTokens, tokenView } from './token-list.ts';
import { userState, userView } from './user-list.ts';
import type { UserListArguments, UserView } from './user-list.ts';

export interface UserShowArguments extends UserListArguments {
  readonly name: string;
}

/** `user show NAME`: the user and their tokens. */
export async function userShow(args: UserShowArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage, clock }) => {
    const user = await storage.users.findUserRecord(args.name);
    if (user === undefined) {
      io.err(`There is no user ${printable(args.name)}.`);
      return 1;
    }
    const view = userView(user, clock.nowMs());
    const tokens = (await storage.tokens.listTokens(user.name)).map(tokenView);
    if (args.json === true) {
      printSafeJson(io, { ...view, tokens });
      return 0;
    }
    await printTable(io, {
      columns: [
        { heading: 'User', key: 'field' },
        { heading: printable(view.name), key: 'value' },
      ],
      rows: describeUser(view),
    });
    await printTokens(io, tokens);
    return 0;
  });
}

function describeUser(view: UserView): { field: string; value: string }[] {
  const fields: readonly [field: string, value: string | null][] = [
    ['State', userState(view)],
    ['Password', view.hasPassword ? 'here (argon2id)' : 'none here'],
    ['PIN', view.hasPin ? 'set' : null],
    ['Wrong answers', String(view.failures)],
    ['First name', view.firstName],
    ['Last name', view.lastName],
    ['E-mail', view.email],
    ['Phone', view.phone],
    ['Language', view.language],
    ['Preferred', view.preferred?.join(', ') ?? null],
    ['Groups', view.groups.length === 0 ? null : view.groups.join(', ')],
    ['Enrolment reset', view.resetReason],
    ['Added', view.createdAt],
  ];
  return fields.flatMap(([field, value]) => (value === null ? [] : [{ field, value: printable(value) }]));
}

export const userShowCommand: CommandModule<object, UserShowArguments> = {
  command: 'show <name>',
  describe: 'Show a user and their tokens',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'The user' })
      .options({ json: { type: 'boolean', describe: 'Print JSON' }, ...configOption }),
  handler: handler(userShow),
};
