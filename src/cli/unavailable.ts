import type { CommandModule } from 'yargs';
import type { Opening } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { textProblem } from './known-user.ts';
import { printPagedTable } from './paged-table.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface UnavailableAllowArguments extends ConfigArguments {
  readonly minutes: number;
  readonly client?: string | undefined;
  readonly reason?: string | undefined;
}

export interface UnavailableStatusArguments extends ConfigArguments {
  readonly json?: boolean | undefined;
}

export interface UnavailableCloseArguments extends ConfigArguments {
  readonly client?: string | undefined;
}

const MAX_MINUTES = 240;

/** `unavailable allow --minutes N`: while no primary can be asked, the second door decides alone, for a while. */
export async function unavailableAllow(args: UnavailableAllowArguments, io: CliIo): Promise<ExitStatus> {
  const { minutes, client, reason = '' } = args;
  const isFit = Number.isSafeInteger(minutes) && minutes >= 1 && minutes <= MAX_MINUTES;
  const problem = isFit
    ? textProblem('--reason', reason)
    : `--minutes must be a whole number from 1 to ${MAX_MINUTES}.`;
  if (problem !== undefined) {
    io.err(problem);
    return 2;
  }
  return withStore(args, io, async ({ storage, config }) => {
    if (!isKnown(client, config, io)) return 1;
    const { untilMs } = await storage.openings.open({ client, reason: reason.trim(), minutes });
    const whom = client === undefined ? 'every client' : `client ${client}`;
    io.out(`Until ${isoOf(untilMs)} the second door decides alone for ${whom} while no primary can be asked.`);
    return 0;
  });
}

function isKnown(client: string | undefined, { clients }: Config, io: CliIo): boolean {
  if (client === undefined || clients.some(({ name }) => name === client)) return true;
  io.err(`There is no client ${printable(client)} in the configuration.`);
  return false;
}

/** `unavailable status`: what is open now. */
export async function unavailableStatus(args: UnavailableStatusArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    const views = (await storage.openings.list()).map(viewOf);
    if (args.json === true) printSafeJson(io, views);
    else await printOpenings(io, views);
    return 0;
  });
}

function viewOf({ client, reason, fromMs, untilMs }: Opening) {
  return { client: client ?? null, reason, from: isoOf(fromMs), until: isoOf(untilMs) };
}

function printOpenings(io: CliIo, views: readonly ReturnType<typeof viewOf>[]): Promise<void> {
  return printPagedTable(io, {
    columns: [
      { heading: 'Client', key: 'client' },
      { heading: 'Reason', key: 'reason' },
      { heading: 'From', key: 'from' },
      { heading: 'Until', key: 'until' },
    ],
    rows: views.map((view) => ({ ...view, client: view.client ?? 'every one' })),
    empty: 'Nothing is open: what the clients and policies say holds.',
  });
}

/** `unavailable close`: ends it at once. */
export async function unavailableClose(args: UnavailableCloseArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    const count = await storage.openings.close(args.client);
    io.out(count === 0 ? 'Nothing was open.' : 'Closed.');
    const isOpen = (await storage.openings.list()).some(({ client }) => client === undefined);
    if (isOpen) io.err('It is still open for every client: sallyport unavailable close, without --client, ends that.');
    return isOpen ? 1 : 0;
  });
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** `sallyport unavailable …`. */
export const command: CommandModule = {
  command: 'unavailable <command>',
  describe: 'Let the second door decide alone for a while when no primary answers: allow, status, close',
  builder: (yargs) =>
    yargs
      .command(allowCommand)
      .command(statusCommand)
      .command(closeCommand)
      .demandCommand(1, 'Which command? See sallyport unavailable --help.')
      .strict(),
  handler: () => undefined,
};

const client = { type: 'string', requiresArg: true, describe: 'Name of one client; every one without it' } as const;

const allowCommand: CommandModule<object, UnavailableAllowArguments> = {
  command: 'allow',
  describe: 'Open, for at most 240 minutes; it ends by itself',
  builder: (yargs) =>
    yargs.options({
      minutes: {
        type: 'number',
        demandOption: true,
        requiresArg: true,
        describe: `For how long, at most ${MAX_MINUTES}`,
      },
      client,
      reason: { type: 'string', requiresArg: true, describe: 'Why: kept and logged' },
      ...configOption,
    }),
  handler: handler(unavailableAllow),
};

const statusCommand: CommandModule<object, UnavailableStatusArguments> = {
  command: 'status',
  describe: 'Show what is open',
  builder: (yargs) => yargs.options({ json: { type: 'boolean', describe: 'Print JSON' }, ...configOption }),
  handler: handler(unavailableStatus),
};

const closeCommand: CommandModule<object, UnavailableCloseArguments> = {
  command: 'close',
  describe: 'Close at once, for one client or all',
  builder: (yargs) => yargs.options({ client, ...configOption }),
  handler: handler(unavailableClose),
};
