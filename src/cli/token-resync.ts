import type { CommandModule } from 'yargs';
import { resync } from '../factors/index.ts';
import type { Resync } from '../factors/index.ts';
import type { VaultToken } from '../storage/index.ts';
import { createAsker } from './ask.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface TokenResyncArguments extends ConfigArguments {
  readonly serial: string;
  readonly passcodesStdin?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** `token resync SERIAL`: two passcodes in a row put the counter or the clock of a token right. */
export async function tokenResync(args: TokenResyncArguments, io: CliIo): Promise<ExitStatus> {
  if (io.stdin.isTTY !== true && args.passcodesStdin !== true) {
    io.err('Nobody can be asked here: give the two passcodes on standard input, a line each, with --passcodes-stdin.');
    return 2;
  }
  return withStore(args, io, async ({ storage, clock }) => {
    const token = await storage.vault.findToken(args.serial);
    if (token === undefined) {
      io.err(`There is no token with the serial ${printable(args.serial)}.`);
      return 1;
    }
    const passcodes = await askPasscodes(io, token.digits);
    if (passcodes === undefined) return 1;
    const found = resync(token, passcodes, clock.nowMs());
    // Asked of the store once more, in one step: a login may have spent the counter meanwhile.
    const isDone = found.kind === 'found' && (await storage.vault.resyncToken(token.id, found));
    if (found.kind !== 'found' || !isDone) {
      io.err(found.kind === 'not-found' ? NOT_FOUND : SPENT);
      return 1;
    }
    show(token, found, args, io);
    return 0;
  });
}

const NOT_FOUND =
  'These are no two passcodes in a row of this token. Read one, wait for the next, and type both; or the secret or the interval is another one.';
const SPENT = 'These passcodes were spent before. Wait for new ones: a token never goes back.';

async function askPasscodes(io: CliIo, digits: number): Promise<[Buffer, Buffer] | undefined> {
  const asker = createAsker(io);
  try {
    const first = await asker.ask('Passcode the token shows', { echo: true });
    const second = await asker.ask('The next passcode it shows', { echo: true });
    const passcodes = [first, second].map((text) => (text ?? '').replace(/\s/g, ''));
    if (passcodes.every((text) => text.length === digits && /^\d+$/.test(text))) {
      return [Buffer.from(passcodes[0] ?? ''), Buffer.from(passcodes[1] ?? '')];
    }
    io.err(`Two passcodes of ${digits} digits are needed.`);
    return undefined;
  } finally {
    asker.close();
  }
}

function show(token: VaultToken, found: Resync & { kind: 'found' }, { json }: TokenResyncArguments, io: CliIo): void {
  const isTotp = token.type === 'totp';
  const driftSeconds = found.driftSteps * token.periodSeconds;
  if (json === true) {
    const moved = isTotp ? { driftSteps: found.driftSteps } : { nextCounter: found.counter + 1 };
    printSafeJson(io, { serial: token.serial, user: token.username, ...moved });
    return;
  }
  const where = isTotp ? describeDrift(driftSeconds) : `its next counter is ${found.counter + 1}`;
  io.out(`Token ${printable(token.serial)} of ${printable(token.username)} is in step again: ${where}.`);
}

function describeDrift(seconds: number): string {
  if (seconds === 0) return 'its clock is right';
  return `its clock is about ${Math.abs(seconds)} s ${seconds > 0 ? 'fast' : 'slow'}`;
}

export const tokenResyncCommand: CommandModule<object, TokenResyncArguments> = {
  command: 'resync <serial>',
  describe: 'Put a token in step again, by two passcodes in a row',
  builder: (yargs) =>
    yargs
      .positional('serial', { type: 'string', demandOption: true, describe: 'The serial, as token list shows it' })
      .options({
        'passcodes-stdin': { type: 'boolean', describe: 'Read the two passcodes from standard input, a line each' },
        json: { type: 'boolean', describe: 'Print JSON' },
        ...configOption,
      })
      .epilogue('Looks 1,000 counters ahead (HOTP) or a day to both sides (TOTP), never behind a spent passcode.'),
  handler: handler(tokenResync),
};
