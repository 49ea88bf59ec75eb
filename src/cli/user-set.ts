import type { CommandModule } from 'yargs';
import { hashPassword } from '../primary/index.ts';
import type { UserFields } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { askNewPassword, passwordOptions } from './new-password.ts';
import { printable } from './safe-text.ts';
import { withStore } from './store.ts';
import type { UserAddArguments } from './user-add.ts';
import { userFieldOptions, userFields, userFieldsProblem } from './user-fields.ts';

/** `user set NAME`: changes what is given and leaves the rest; `--password` asks for a new one. */
export async function userSet(args: UserAddArguments, io: CliIo): Promise<ExitStatus> {
  const fields = userFields(args);
  const isPasswordMeant = args.password !== undefined || args.passwordStdin === true;
  const problem = userFieldsProblem(args) ?? nothingToSet(fields, isPasswordMeant);
  if (problem !== undefined) {
    io.err(problem);
    return 2;
  }
  return withStore(args, io, async ({ storage, random }) => {
    await storage.users.setUser(args.name, {}); // unknown users are told before a password is asked for
    const answer = isPasswordMeant ? await askNewPassword(args, io) : undefined;
    if (answer?.kind === 'refused') {
      io.err(answer.problem);
      return 2;
    }
    const password = answer?.kind === 'given' ? await hashPassword(answer.password.reveal(), random) : null;
    const passwordHash = isPasswordMeant ? password : undefined;
    const user = await storage.users.setUser(args.name, { ...fields, passwordHash });
    io.out(`User ${printable(user.name)} changed: ${changes(fields, passwordHash).join(', ')}.`);
    return 0;
  });
}

function nothingToSet(fields: UserFields, isPasswordMeant: boolean): string | undefined {
  return Object.keys(fields).length > 0 || isPasswordMeant ? undefined : 'Nothing to set: name at least one option.';
}

function changes(fields: UserFields, passwordHash: string | null | undefined): string[] {
  const named = Object.entries(fields).map(([name, value]) => (value === null ? `${name} emptied` : name));
  if (passwordHash === undefined) return named;
  return [...named, passwordHash === null ? 'password removed' : 'password'];
}

export const userSetCommand: CommandModule<object, UserAddArguments> = {
  command: 'set <name>',
  describe: 'Change a user; an empty text empties a field',
  builder: (yargs) => {
    const named = yargs.positional('name', { type: 'string', demandOption: true, describe: 'The user' });
    const password = { type: 'boolean', describe: 'Ask for a new password; --no-password removes it' } as const;
    return named.options({ ...passwordOptions, password, ...userFieldOptions, ...configOption });
  },
  handler: handler(userSet),
};
