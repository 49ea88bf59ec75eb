import type { ReportFormat } from './report-writers.ts';

/** What every report can be asked for. */
export interface RangeArguments {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly user?: string | undefined;
  readonly limit?: number | undefined;
  readonly format?: ReportFormat | undefined;
  readonly json?: boolean | undefined;
}

/** What a table shows without `--limit`: it has to be measured whole before it can be drawn, and nobody reads more. */
export const TABLE_LIMIT = 1_000;

/** The options for them, for yargs' `options()`; not global, since each report has its own. */
export const rangeOptions = {
  since: { global: false, type: 'string', requiresArg: true, describe: 'From this day or time on (UTC)' },
  until: {
    global: false,
    type: 'string',
    requiresArg: true,
    describe: 'Up to the end of this day, or before this time (UTC)',
  },
  user: { global: false, type: 'string', requiresArg: true, describe: 'Of this user' },
  limit: {
    global: false,
    type: 'number',
    requiresArg: true,
    describe: `At most so many; a table shows ${TABLE_LIMIT} without it`,
  },
  format: {
    global: false,
    choices: ['table', 'csv', 'json', 'jsonl'] as const,
    describe: 'How to print; default table',
  },
  json: { global: false, type: 'boolean', describe: 'The same as --format json' },
} as const;

const DAY_MS = 86_400_000;

/** The time and number that are asked for, or a sentence why they cannot be. */
export function readRange(
  args: RangeArguments,
  format: ReportFormat,
): { sinceMs: number | undefined; untilMs: number | undefined; limit: number | undefined } | string {
  const sinceMs = args.since === undefined ? undefined : readTime(args.since, 'start');
  const untilMs = args.until === undefined ? undefined : readTime(args.until, 'end');
  if (Number.isNaN(sinceMs)) return timeProblem('--since');
  if (Number.isNaN(untilMs)) return timeProblem('--until');
  const limit = args.limit ?? (format === 'table' ? TABLE_LIMIT : undefined);
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0))
    return '--limit must be a whole number above 0.';
  return { sinceMs, untilMs, limit };
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
