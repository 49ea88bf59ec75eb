import type { PasscodeToken } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import { AttributeType, firstValue } from '../radius/index.ts';
import type { Plan } from '../policy/index.ts';
import type { AuditEvent } from './audit.ts';
import type { AccessSettings } from './deps.ts';
import type { LoginUser } from './directory.ts';
import type { Reason } from './reason.ts';
import type { AccessRequest } from './request.ts';
import type { Username } from './username.ts';

/** One request of one user, with what is known of both. */
export interface Visit {
  readonly request: AccessRequest;
  readonly username: Username;
  /** `undefined`: not in the store. */
  readonly user: LoginUser | undefined;
  readonly plan: Plan;
  /** In force when the request came: one request sees one configuration. */
  readonly settings: AccessSettings;
}

/** What an event says beside the visit itself. */
export interface EventDetails {
  readonly token?: PasscodeToken | undefined;
  readonly factor?: string | undefined;
  readonly primary?: string | undefined;
  readonly primaryPassedUnavailable?: boolean | undefined;
}

/** Writes the event of a verdict on a visit. */
export type DescribeEvent = (
  visit: Visit,
  verdict: AuditEvent['verdict'],
  reason: Reason,
  details?: EventDetails,
) => AuditEvent;

const MAX_STATION_OCTETS = 253;

/** The writer of events for one server. */
export function createDescribeEvent(server: string, clock: Clock): DescribeEvent {
  return ({ request, username, user, settings: { auditFields: fields } }, verdict, reason, details = {}) => ({
    id: request.id,
    atMs: clock.nowMs(),
    server,
    verdict,
    reason,
    username: username.text,
    ...(fields.name && user?.firstName !== undefined && { firstName: user.firstName }),
    ...(fields.name && user?.lastName !== undefined && { lastName: user.lastName }),
    ...(fields.email && user?.email !== undefined && { email: user.email }),
    ...(fields.phone && user?.phone !== undefined && { phone: user.phone }),
    ...(fields.token && details.token !== undefined && { token: details.token.serial }),
    ...((details.token ?? details.factor) !== undefined && { factor: details.token?.type ?? details.factor ?? '' }),
    client: request.client.name,
    clientAddress: request.clientAddress,
    ...(fields.userAddress && stationOf(request)),
    ...(details.primary !== undefined && { primary: details.primary }),
    ...(details.primaryPassedUnavailable === true && { primaryPassedUnavailable: true }),
    durationMs: Math.round((clock.monotonicMs() - request.receivedMs) * 10) / 10,
  });
}

function stationOf(request: AccessRequest): { userAddress?: string } {
  const station = firstValue(request.attributes, AttributeType.callingStationId);
  if (station === undefined || station.length === 0) return {};
  return { userAddress: station.toString('utf8', 0, MAX_STATION_OCTETS) };
}
