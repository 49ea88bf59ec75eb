import type { CommandModule } from 'yargs';
import { passcodeFactors } from '../factors/index.ts';
import type { PasscodeCheck, PasscodeToken } from '../factors/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler, readSecret } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { printable } from './safe-text.ts';
import { withStore } from './store.ts';
import type { StoreContext } from './store.ts';

export interface TokenActivateArguments extends ConfigArguments {
  readonly serial: string;
}

/** `token activate SERIAL`: makes a pending token active by one passcode of it, asked for or on standard input. */
export async function tokenActivate(args: TokenActivateArguments, io: CliIo): Promise<ExitStatus> {
  const serial = printable(args.serial);
  return withStore(args, io, async (context) => {
    const token = await context.storage.tokens.findPending(args.serial);
    if (token === undefined) {
      io.err(`There is no token ${serial} that is enabled and waits for a passcode.`);
      return 1;
    }
    const passcode = await readSecret(io, 'Passcode');
    const check = checkPasscode(context, token, passcode?.reveal() ?? Buffer.alloc(0));
    const outcome =
      check.kind === 'match' ? await context.storage.tokens.activateToken(token.serial, check) : check.kind;
    return tell(outcome, serial, io);
  });
}

function checkPasscode({ config, clock }: StoreContext, token: PasscodeToken, passcode: Buffer): PasscodeCheck {
  return passcodeFactors(config.factors)[token.type].check(token, passcode, clock.nowMs());
}

function tell(outcome: 'activated' | 'replayed' | 'not-pending' | 'wrong', serial: string, io: CliIo): ExitStatus {
  switch (outcome) {
    case 'activated':
      io.out(`Token ${serial} is active.`);
      return 0;
    case 'replayed':
      io.err('The passcode was used before: take the next one.');
      return 1;
    case 'not-pending':
      io.err(`Token ${serial} has been changed meanwhile: see sallyport token list.`);
      return 1;
    case 'wrong':
      io.err('The passcode does not fit the token. Is the clock of the phone right?');
      return 1;
  }
}

export const tokenActivateCommand: CommandModule<object, TokenActivateArguments> = {
  command: 'activate <serial>',
  describe: 'Prove a pending token by one passcode, asked for or on standard input',
  builder: (yargs) =>
    yargs
      .positional('serial', { type: 'string', demandOption: true, describe: 'The serial, as token list shows it' })
      .options(configOption),
  handler: handler(tokenActivate),
};
