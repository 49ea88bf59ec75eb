import type { CommandModule } from 'yargs';
import { acceptReasons, challengeReasons, denialReasons } from '../access/index.ts';
import type { AuditEvent } from '../access/index.ts';
import type { EventQuery } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { deliveriesCommand } from './report-deliveries.ts';
import { rangeOptions, readRange, TABLE_LIMIT } from './report-range.ts';
import type { RangeArguments } from './report-range.ts';
import { eventWriters } from './report-events.ts';
import type { ReportFormat } from './report-writers.ts';
import { withStore } from './store.ts';

export interface ReportArguments extends ConfigArguments, RangeArguments {
  readonly user?: string | undefined;
  readonly client?: string | undefined;
  readonly verdict?: AuditEvent['verdict'] | undefined;
  readonly reason?: string | undefined;
}

/** `report`: events of the authentication log, newest first. */
export async function report(args: ReportArguments, io: CliIo): Promise<ExitStatus> {
  const format = args.json === true ? 'json' : (args.format ?? 'table');
  const query = readQuery(args, format);
  if (typeof query === 'string') {
    io.err(query);
    return 2;
  }
  return withStore(args, io, async ({ storage }) => {
    const count = await eventWriters[format](storage.events.events(query), io);
    if (args.limit === undefined && count === TABLE_LIMIT && format === 'table') {
      io.err(`These are the newest ${TABLE_LIMIT} events: --limit shows more, --format csv and json show all.`);
    }
    return 0;
  });
}

/** What is asked for, or a sentence why it cannot be. */
function readQuery(args: ReportArguments, format: ReportFormat): EventQuery | string {
  const range = readRange(args, format);
  if (typeof range === 'string') return range;
  const { user, client, verdict, reason } = args;
  return { ...range, user, client, verdict, reason };
}

// Not global: `report deliveries` has options of its own.
const eventOptions = {
  client: { global: false, type: 'string', requiresArg: true, describe: 'Of this client' },
  verdict: { global: false, choices: ['accept', 'challenge', 'reject'] as const, describe: 'With this verdict' },
  reason: {
    global: false,
    choices: [...acceptReasons, ...challengeReasons, ...denialReasons],
    describe: 'With this reason',
  },
} as const;

/** `sallyport report`. */
export const command: CommandModule<object, ReportArguments> = {
  command: 'report',
  describe: 'Events of the authentication log, newest first',
  builder: (yargs) => yargs.command(deliveriesCommand).options({ ...rangeOptions, ...eventOptions, ...configOption }),
  handler: handler(report),
};
