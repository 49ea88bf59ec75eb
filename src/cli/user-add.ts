import type { CommandModule } from 'yargs';
import { hashPassword } from '../primary/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { askNewPassword, passwordOptions } from './new-password.ts';
import type { PasswordArguments } from './new-password.ts';
import { printable } from './safe-text.ts';
import { withStore } from './store.ts';
import type { StoreContext } from './store.ts';
import { userNameProblem } from './user-name.ts';
import { userGroupOptions, userGroups, userGroupsProblem, withRepeatedOptions } from './user-groups.ts';
import type { UserGroupArguments } from './user-groups.ts';
import { userFieldOptions, userFields, userFieldsProblem } from './user-fields.ts';
import type { UserFieldArguments } from './user-fields.ts';

export interface UserAddArguments extends ConfigArguments, PasswordArguments, UserFieldArguments, UserGroupArguments {
  readonly name: string;
}

/** `user add NAME`: the user with a password, or with `--no-password` where it is checked upstream. */
export async function userAdd(args: UserAddArguments, io: CliIo): Promise<ExitStatus> {
  const problem = nameProblem(args.name) ?? (await userFieldsProblem(args)) ?? userGroupsProblem(args);
  if (problem !== undefined) {
    io.err(problem);
    return 2;
  }
  const add = async ({ storage, random }: StoreContext): Promise<ExitStatus> => {
    // Asked before the password is: nobody wants to type it twice for nothing.
    if ((await storage.users.findUserRecord(args.name)) !== undefined) {
      io.err(`There is a user ${printable(args.name)} already.`);
      return 1;
    }
    const answer = await askNewPassword(args, io);
    if (answer.kind === 'refused') {
      io.err(answer.problem);
      return 2;
    }
    const passwordHash = answer.kind === 'given' ? await hashPassword(answer.password.reveal(), random) : undefined;
    const user = await storage.users.addUser(args.name.normalize('NFC'), {
      ...userFields(args),
      ...userGroups(args),
      passwordHash,
    });
    const name = printable(user.name);
    io.out(`User ${name} added${answer.kind === 'none' ? ', without a password here' : ''}.`);
    io.out(`Next: sallyport token add ${name}`);
    return 0;
  };
  return withStore(args, io, add, { mayCreate: true });
}

function nameProblem(name: string): string | undefined {
  const problem = userNameProblem(name);
  return problem === undefined ? undefined : `Refused: ${problem}.`;
}

export const userAddCommand: CommandModule<object, UserAddArguments> = {
  command: 'add <name>',
  describe: 'Add a user (password from a prompt, --password-stdin or SALLYPORT_PASSWORD)',
  builder: (yargs) => {
    const named = yargs.positional('name', { type: 'string', demandOption: true, describe: 'The name at login' });
    return withRepeatedOptions(
      named.options({ ...passwordOptions, ...userFieldOptions, ...userGroupOptions, ...configOption }),
    );
  },
  handler: handler(userAdd),
};
