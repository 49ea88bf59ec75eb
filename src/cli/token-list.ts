import type { CommandModule } from 'yargs';
import type { PasscodeTokenRecord, TokenRecord } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { printPagedTable } from './paged-table.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface TokenListArguments extends ConfigArguments {
  readonly user?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What is shown of a token: everything but its secret. */
export interface TokenView {
  readonly serial: string;
  readonly user: string;
  readonly type: string;
  readonly isEnabled: boolean;
  /** Whether it waits for its owner's first proof. */
  readonly isPending: boolean;
  /** Push only: how the phone is asked. */
  readonly protocol: string | null;
  /** TOTP and HOTP only. */
  readonly digits: number | null;
  /** TOTP and HOTP only. */
  readonly algorithm: string | null;
  /** TOTP only. */
  readonly periodSeconds: number | null;
  /** HOTP only: the counter expected next. */
  readonly nextCounter: number | null;
  /** TOTP only: steps by which the device's clock was off at its last good passcode. */
  readonly driftSteps: number | null;
  /** TOTP and HOTP only: whether a passcode of it was ever accepted. */
  readonly isUsed: boolean | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What is shown of that token. */
export function tokenView(token: TokenRecord): TokenView {
  return {
    serial: token.serial,
    user: token.username,
    type: token.type,
    isEnabled: token.isEnabled,
    isPending: token.state === 'pending',
    protocol: token.type === 'push' ? token.protocol : null,
    ...(token.type === 'push' ? noPasscodes : passcodeView(token)),
    createdAt: new Date(token.createdAtMs).toISOString(),
  };
}

type PasscodeView = Pick<TokenView, 'digits' | 'algorithm' | 'periodSeconds' | 'nextCounter' | 'driftSteps' | 'isUsed'>;

const noPasscodes: PasscodeView = {
  digits: null,
  algorithm: null,
  periodSeconds: null,
  nextCounter: null,
  driftSteps: null,
  isUsed: null,
};

function passcodeView(token: PasscodeTokenRecord): PasscodeView {
  const isTotp = token.type === 'totp';
  return {
    digits: token.digits,
    algorithm: token.algorithm,
    periodSeconds: isTotp ? token.periodSeconds : null,
    nextCounter: isTotp ? null : token.lastCounter + 1,
    driftSteps: isTotp ? token.driftSteps : null,
    isUsed: token.lastCounter >= 0,
  };
}

/** Prints tokens as a table. */
export async function printTokens(io: CliIo, views: readonly TokenView[]): Promise<void> {
  await printPagedTable(io, {
    columns: [
      { heading: 'Serial', key: 'serial' },
      { heading: 'User', key: 'user' },
      { heading: 'Type', key: 'type' },
      { heading: 'Passcode', key: 'what' },
      { heading: 'State', key: 'state' },
      { heading: 'Added', key: 'createdAt' },
    ],
    rows: views.map((view) => ({
      ...view,
      what: view.protocol === null ? describePasscode(view) : `asked by ${view.protocol}`,
      state: describeState(view),
    })),
    empty: 'There are no tokens: sallyport token add USER',
  });
}

/** `token list [USER]`. */
export async function tokenList(args: TokenListArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    if (args.user !== undefined && (await storage.users.findUserRecord(args.user)) === undefined) {
      io.err(`There is no user ${printable(args.user)}.`);
      return 1;
    }
    const views = (await storage.tokens.listTokens(args.user)).map(tokenView);
    if (args.json === true) printSafeJson(io, views);
    else await printTokens(io, views);
    return 0;
  });
}

function describeState({ isEnabled, isPending }: TokenView): string {
  if (!isEnabled) return 'disabled';
  return isPending ? 'pending' : 'enabled';
}

function describePasscode({ digits, algorithm, periodSeconds, nextCounter }: TokenView): string {
  const moving = periodSeconds === null ? `counter ${String(nextCounter)}` : `${periodSeconds} s`;
  return `${String(digits)} digits, ${String(algorithm)}, ${moving}`;
}

export const tokenListCommand: CommandModule<object, TokenListArguments> = {
  command: 'list [user]',
  describe: 'List tokens, of one user or of all',
  builder: (yargs) =>
    yargs
      .positional('user', { type: 'string', describe: 'Whose; all without it' })
      .options({ json: { type: 'boolean', describe: 'Print JSON' }, ...configOption }),
  handler: handler(tokenList),
};
