import type { CommandModule } from 'yargs';
import type { DeliveryQuery, RecordedDelivery } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { rangeOptions, readRange, TABLE_LIMIT } from './report-range.ts';
import type { RangeArguments } from './report-range.ts';
import { createReportWriters } from './report-writers.ts';
import { withStore } from './store.ts';

export interface ReportDeliveriesArguments extends ConfigArguments, RangeArguments {
  readonly channel?: DeliveryQuery['channel'];
  readonly gateway?: string | undefined;
}

/** `report deliveries`: SMS, calls, mails and pushes, newest first: what was handed to whom, and what became of it. */
export async function reportDeliveries(args: ReportDeliveriesArguments, io: CliIo): Promise<ExitStatus> {
  const format = args.json === true ? 'json' : (args.format ?? 'table');
  const range = readRange(args, format);
  if (typeof range === 'string') {
    io.err(range);
    return 2;
  }
  const { user, channel, gateway } = args;
  return withStore(args, io, async ({ storage }) => {
    const count = await deliveryWriters[format](storage.deliveries.list({ ...range, user, channel, gateway }), io);
    if (args.limit === undefined && count === TABLE_LIMIT && format === 'table') {
      io.err(`These are the newest ${TABLE_LIMIT} deliveries: --limit shows more, --format csv and json show all.`);
    }
    return 0;
  });
}

type DeliveryRow = ReturnType<typeof toRow>;

const csvColumns: readonly (keyof DeliveryRow)[] = [
  'time',
  'id',
  'user',
  'client',
  'channel',
  'gateway',
  'country',
  'outcome',
  'report',
  'reportedAt',
  'problem',
  'price',
  'reference',
];

const deliveryWriters = createReportWriters<RecordedDelivery, DeliveryRow>({
  toRow,
  csvColumns,
  columns: [
    { heading: 'Time (UTC)', key: 'time' },
    { heading: 'User', key: 'user' },
    { heading: 'Channel', key: 'channel' },
    { heading: 'Gateway', key: 'gateway' },
    { heading: 'Country', key: 'country' },
    { heading: 'Outcome', key: 'outcome' },
    { heading: 'Reported', key: 'report' },
    { heading: 'Price', key: 'price' },
    { heading: 'Problem', key: 'problem' },
  ],
  empty: 'No deliveries match.',
});

function toRow(delivery: RecordedDelivery) {
  const { report } = delivery;
  return {
    time: new Date(delivery.atMs).toISOString(),
    id: delivery.id,
    user: delivery.username,
    client: delivery.client,
    channel: delivery.channel,
    gateway: delivery.gateway,
    country: delivery.country ?? null,
    outcome: delivery.outcome,
    report: report?.outcome ?? null,
    reportedAt: report === undefined ? null : new Date(report.atMs).toISOString(),
    problem: report?.problem ?? delivery.problem ?? null,
    price: delivery.price ?? null,
    reference: delivery.reference ?? null,
  };
}

/** `sallyport report deliveries`. */
export const deliveriesCommand: CommandModule<object, ReportDeliveriesArguments> = {
  command: 'deliveries',
  describe: 'SMS, calls, mails and pushes, newest first',
  builder: (yargs) =>
    yargs.options({
      ...rangeOptions,
      channel: { choices: ['sms', 'call', 'email', 'push'] as const, describe: 'By this channel' },
      gateway: { type: 'string', requiresArg: true, describe: 'By this gateway' },
      ...configOption,
    }),
  handler: handler(reportDeliveries),
};
