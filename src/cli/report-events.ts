import type { AuditEvent } from '../access/index.ts';
import { createReportWriters } from './report-writers.ts';

/** An event as it is printed: time in ISO 8601, every optional field there. */
type EventRow = ReturnType<typeof toRow>;

const csvColumns: readonly (keyof EventRow)[] = [
  'time',
  'id',
  'server',
  'verdict',
  'reason',
  'username',
  'firstName',
  'lastName',
  'email',
  'phone',
  'token',
  'factor',
  'client',
  'clientAddress',
  'userAddress',
  'primary',
  'primaryPassedUnavailable',
  'rule',
  'durationMs',
];

/** Writers of events, one for each format. */
export const eventWriters = createReportWriters<AuditEvent, EventRow>({
  toRow,
  csvColumns,
  columns: [
    { heading: 'Time (UTC)', key: 'time' },
    { heading: 'Verdict', key: 'verdict' },
    { heading: 'Reason', key: 'reason' },
    { heading: 'User', key: 'username' },
    { heading: 'Factor', key: 'factor' },
    { heading: 'Client', key: 'client' },
    { heading: 'User address', key: 'userAddress' },
    { heading: 'Id', key: 'id' },
  ],
  empty: 'No events match.',
});

function toRow(event: AuditEvent) {
  return {
    time: new Date(event.atMs).toISOString(),
    id: event.id,
    server: event.server,
    verdict: event.verdict,
    reason: event.reason,
    username: event.username,
    firstName: event.firstName ?? null,
    lastName: event.lastName ?? null,
    email: event.email ?? null,
    phone: event.phone ?? null,
    token: event.token ?? null,
    factor: event.factor ?? null,
    client: event.client,
    clientAddress: event.clientAddress,
    userAddress: event.userAddress ?? null,
    primary: event.primary ?? null,
    primaryPassedUnavailable: event.primaryPassedUnavailable ?? false,
    rule: event.rule ?? null,
    durationMs: event.durationMs,
  };
}
