import type { CommandModule } from 'yargs';
import type { Random } from '../lib/random.ts';
import { hashPassword } from '../primary/index.ts';
import type { UserFields } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { askNewPassword, passwordOptions } from './new-password.ts';
import { askNewPin, pinOptions } from './new-pin.ts';
import type { PinArguments } from './new-pin.ts';
import { printable } from './safe-text.ts';
import { withStore } from './store.ts';
import type { UserAddArguments } from './user-add.ts';
import { userGroupOptions, userGroups, userGroupsProblem, withRepeatedOptions } from './user-groups.ts';
import type { UserGroupArguments } from './user-groups.ts';
import { userFieldOptions, userFields, userFieldsProblem } from './user-fields.ts';

export interface UserSetArguments extends UserAddArguments, PinArguments, UserGroupArguments {}

/** `user set NAME`: changes what is given and leaves the rest; `--password` and `--pin` ask for new ones. */
export async function userSet(args: UserSetArguments, io: CliIo): Promise<ExitStatus> {
  const fields = { ...userFields(args), ...userGroups(args) };
  const problem =
    (await userFieldsProblem(args)) ?? userGroupsProblem(args) ?? secretsProblem(args) ?? nothingToSet(args, fields);
  if (problem !== undefined) {
    io.err(problem);
    return 2;
  }
  return withStore(args, io, async ({ storage, random }) => {
    await storage.users.setUser(args.name, {}); // unknown users are told before a password is asked for
    const secrets = await askSecrets(args, io, random);
    if (typeof secrets === 'string') {
      io.err(secrets);
      return 2;
    }
    const user = await storage.users.setUser(args.name, { ...fields, ...secrets });
    io.out(`User ${printable(user.name)} changed: ${changes({ ...fields, ...secrets }).join(', ')}.`);
    return 0;
  });
}

const isPasswordMeant = (args: UserSetArguments): boolean => args.password !== undefined || args.passwordStdin === true;

const isPinMeant = (args: UserSetArguments): boolean => args.pin !== undefined || args.pinStdin === true;

function secretsProblem({ pin, pinStdin, passwordStdin }: UserSetArguments): string | undefined {
  if (pinStdin !== true) return undefined;
  if (pin === false) return '--no-pin and --pin-stdin cannot both be meant.';
  return passwordStdin === true ? 'Standard input is the password or the PIN: set one after the other.' : undefined;
}

function nothingToSet(args: UserSetArguments, fields: UserFields): string | undefined {
  const isAnything = Object.keys(fields).length > 0 || isPasswordMeant(args) || isPinMeant(args);
  return isAnything ? undefined : 'Nothing to set: name at least one option.';
}

/** The hashes of the new password and PIN that are meant, or a sentence why there is none. */
async function askSecrets(
  args: UserSetArguments,
  io: CliIo,
  random: Random,
): Promise<Pick<UserFields, 'passwordHash' | 'pinHash'> | string> {
  const password = isPasswordMeant(args) ? await askNewPassword(args, io) : undefined;
  if (password?.kind === 'refused') return password.problem;
  const pin = isPinMeant(args) ? await askNewPin(args, io) : undefined;
  if (pin?.kind === 'refused') return pin.problem;
  return {
    ...(password && {
      passwordHash: password.kind === 'given' ? await hashPassword(password.password.reveal(), random) : null,
    }),
    ...(pin && { pinHash: pin.kind === 'given' ? await hashPassword(pin.pin.reveal(), random) : null }),
  };
}

const secretNames: Readonly<Record<string, string>> = { passwordHash: 'password', pinHash: 'PIN' };

function changes(fields: UserFields): string[] {
  return Object.entries(fields).map(([field, value]) => {
    const secret = secretNames[field];
    if (secret !== undefined) return value === null ? `${secret} removed` : secret;
    return value === null ? `${field} emptied` : field;
  });
}

export const userSetCommand: CommandModule<object, UserSetArguments> = {
  command: 'set <name>',
  describe: 'Change a user; an empty text empties a field',
  builder: (yargs) => {
    const named = yargs.positional('name', { type: 'string', demandOption: true, describe: 'The user' });
    const password = { type: 'boolean', describe: 'Ask for a new password; --no-password removes it' } as const;
    const options = { ...passwordOptions, password, ...pinOptions, ...userFieldOptions, ...userGroupOptions };
    return withRepeatedOptions(named.options({ ...options, ...configOption }));
  },
  handler: handler(userSet),
};
