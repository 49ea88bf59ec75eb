import type { CommandModule } from 'yargs';
import { acceptReasons, challengeReasons, denialReasons } from '../access/index.ts';
import type { AuditEvent } from '../access/index.ts';
import type { EventQuery } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { reportWriters } from './report-writers.ts';
import type { ReportFormat } from './report-writers.ts';
import { withStore } from './store.ts';

export interface ReportArguments extends ConfigArguments {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly user?: string | undefined;
  readonly client?: string | undefined;
  readonly verdict?: AuditEvent['verdict'] | undefined;
  readonly reason?: string | undefined;
  readonly limit?: number | undefined;
  readonly format?: ReportFormat | undefined;
  readonly json?: boolean | undefined;
}

// A table has to be measured whole before it can be drawn, and nobody reads more.
const TABLE_LIMIT = 1_000;
const DAY_MS = 86_400_000;

/** `report`: events of the authentication log, newest first. */
export async function report(args: ReportArguments, io: CliIo): Promise<ExitStatus> {
  const format = args.json === true ? 'json' : (args.format ?? 'table');
  const query = readQuery(args, format);
  if (typeof query === 'string') {
    io.err(query);
    return 2;
  }
  return withStore(args, io, async ({ storage }) => {
    const count = await reportWriters[format](storage.events.events(query), io);
    if (args.limit === undefined && count === TABLE_LIMIT && format === 'table') {
      io.err(`These are the newest ${TABLE_LIMIT} events: --limit shows more, --format csv and json show all.`);
    }
    return 0;
  });
}

/** What is asked for, or a sentence why it cannot be. */
function readQuery(args: ReportArguments, format: ReportFormat): EventQuery | string {
  const sinceMs = args.since === undefined ? undefined : readTime(args.since, 'start');
  const untilMs = args.until === undefined ? undefined : readTime(args.until, 'end');
  if (Number.isNaN(sinceMs)) return timeProblem('--since');
  if (Number.isNaN(untilMs)) return timeProblem('--until');
  const limit = args.limit ?? (format === 'table' ? TABLE_LIMIT : undefined);
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0))
    return '--limit must be a whole number above 0.';
  const { user, client, verdict, reason } = args;
  return { sinceMs, untilMs, user, client, verdict, reason, limit };
}

/** Wall time of `2026-01-31` (its start or its end, UTC) or of a time with zone (UTC without one); `NaN` otherwise. */
function readTime(text: string, side: 'start' | 'end'): number {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (match === null) return Number.NaN;
  const [, day = '', time, zone = 'Z'] = match;
  // The 31st of February would become the 3rd of March.
  if (!isDay(day)) return Number.NaN;
  if (time !== undefined) return Date.parse(`${day}T${time}${zone}`);
  return Date.parse(`${day}T00:00Z`) + (side === 'end' ? DAY_MS : 0);
}

function isDay(day: string): boolean {
  const atMs = Date.parse(`${day}T00:00Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(day);
}

function timeProblem(option: string): string {
  return `${option} must be a day (2026-01-31) or a time (2026-01-31T08:00+01:00), UTC without a zone.`;
}

/** `sallyport report`. */
export const command: CommandModule<object, ReportArguments> = {
  command: 'report',
  describe: 'Events of the authentication log, newest first',
  builder: (yargs) =>
    yargs.options({
      since: { type: 'string', requiresArg: true, describe: 'From this day or time on (UTC)' },
      until: { type: 'string', requiresArg: true, describe: 'Up to the end of this day, or before this time (UTC)' },
      user: { type: 'string', requiresArg: true, describe: 'Of this user' },
      client: { type: 'string', requiresArg: true, describe: 'Of this client' },
      verdict: { choices: ['accept', 'challenge', 'reject'] as const, describe: 'With this verdict' },
      reason: { choices: [...acceptReasons, ...challengeReasons, ...denialReasons], describe: 'With this reason' },
      limit: {
        type: 'number',
        requiresArg: true,
        describe: `At most so many; a table shows ${TABLE_LIMIT} without it`,
      },
      format: { choices: ['table', 'csv', 'json', 'jsonl'] as const, describe: 'How to print; default table' },
      json: { type: 'boolean', describe: 'The same as --format json' },
      ...configOption,
    }),
  handler: handler(report),
};
