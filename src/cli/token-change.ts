import type { CommandModule } from 'yargs';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { confirm } from './confirm.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { printable } from './safe-text.ts';
import { withStore } from './store.ts';

export interface TokenChangeArguments extends ConfigArguments {
  readonly serial: string;
  readonly yes?: boolean | undefined;
}

/** `token disable SERIAL`: its passcodes fit no longer. */
export function tokenDisable(args: TokenChangeArguments, io: CliIo): Promise<ExitStatus> {
  return setEnabled(args, io, false);
}

/** `token enable SERIAL`. */
export function tokenEnable(args: TokenChangeArguments, io: CliIo): Promise<ExitStatus> {
  return setEnabled(args, io, true);
}

/** `token delete SERIAL`: asks first. */
export function tokenDelete(args: TokenChangeArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    const serial = printable(args.serial);
    const answer = await confirm(io, `Delete token ${serial}?`, args.yes);
    if (answer !== 'yes') return answer === 'no' ? 1 : 2;
    await storage.tokens.deleteToken(args.serial);
    io.out(`Token ${serial} deleted.`);
    return 0;
  });
}

function setEnabled(args: TokenChangeArguments, io: CliIo, isEnabled: boolean): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    await storage.tokens.setTokenEnabled(args.serial, isEnabled);
    io.out(`Token ${printable(args.serial)} is ${isEnabled ? 'enabled' : 'disabled'}.`);
    return 0;
  });
}

type Run = (args: TokenChangeArguments, io: CliIo) => Promise<ExitStatus>;

const changes: readonly (readonly [verb: string, describe: string, run: Run])[] = [
  ['disable', 'Refuse the passcodes of a token', tokenDisable],
  ['enable', 'Take the passcodes of a disabled token again', tokenEnable],
];

const serial = { type: 'string', demandOption: true, describe: 'The serial, as token list shows it' } as const;

/** `token disable` and `enable`. */
export const tokenChangeCommands = changes.map(
  ([verb, describe, run]): CommandModule<object, TokenChangeArguments> => ({
    command: `${verb} <serial>`,
    describe,
    builder: (yargs) => yargs.positional('serial', serial).options(configOption),
    handler: handler(run),
  }),
);

export const tokenDeleteCommand: CommandModule<object, TokenChangeArguments> = {
  command: 'delete <serial>',
  describe: 'Delete a token',
  builder: (yargs) =>
    yargs.positional('serial', serial).options({ yes: { type: 'boolean', describe: 'Do not ask' }, ...configOption }),
  handler: handler(tokenDelete),
};
