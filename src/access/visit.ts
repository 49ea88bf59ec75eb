import type { PasscodeToken } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Plan } from '../policy/index.ts';
import type { Person } from '../primary/index.ts';
import type { AuditEvent } from './audit.ts';
import type { AccessSettings, AuditFields } from './deps.ts';
import type { LoginUser } from './directory.ts';
import type { Reason } from './reason.ts';
import type { AccessRequest } from './request.ts';
import { userAddressTextOf } from './station.ts';
import type { Username } from './username.ts';
import type { Ways } from './ways.ts';

/** One request of one user, with what is known of both. */
export interface Visit {
  readonly request: AccessRequest;
  readonly username: Username;
  /** `undefined`: not in the store. */
  readonly user: LoginUser | undefined;
  /** What a directory says of the user; `undefined` where none is asked or it knows nobody of that name. */
  readonly person: Person | undefined;
  /** Whom a home server may mean: those whom a directory knows by other spellings of a name that it does not know itself. */
  readonly lookalikes?: readonly Person[];
  /** The primary of the client whose directory said so. */
  readonly personFrom?: string;
  /** The directory cannot be asked who that is: nothing is known of groups. */
  readonly isUnidentified?: boolean;
  readonly plan: Plan;
  /** How this user may pass the second door. */
  readonly ways: Ways;
  /** In force when the request came: one request sees one configuration. */
  readonly settings: AccessSettings;
}

/** What an event says beside the visit itself. */
export interface EventDetails {
  readonly token?: PasscodeToken | undefined;
  readonly factor?: string | undefined;
  readonly primary?: string | undefined;
  readonly primaryPassedUnavailable?: boolean | undefined;
  readonly unavailableBy?: AuditEvent['unavailableBy'] | undefined;
}

/** Writes the event of a verdict on a visit. */
export type DescribeEvent = (
  visit: Visit,
  verdict: AuditEvent['verdict'],
  reason: Reason,
  details?: EventDetails,
) => AuditEvent;

// Fields are assigned, not spread: events are written on every login, and a spread costs as much as the whole rest.
type Draft = { -readonly [Field in keyof AuditEvent]: AuditEvent[Field] };

/** The writer of events for one server. */
export function createDescribeEvent(server: string, clock: Clock): DescribeEvent {
  return (visit, verdict, reason, details = NO_DETAILS) => {
    const { request } = visit;
    const event: Draft = {
      id: request.id,
      atMs: clock.nowMs(),
      server,
      verdict,
      reason,
      username: visit.username.text,
      client: request.client.name,
      clientAddress: request.clientAddress,
      durationMs: Math.round((clock.monotonicMs() - request.receivedMs) * 10) / 10,
    };
    if (visit.plan.rule !== undefined) event.rule = visit.plan.rule;
    addPerson(event, visit);
    addDetails(event, details, visit.settings.auditFields);
    if (visit.settings.auditFields.userAddress) addStation(event, request);
    return event;
  };
}

const NO_DETAILS: EventDetails = {};

function addPerson(event: Draft, { user, settings: { auditFields: fields } }: Visit): void {
  if (user === undefined) return;
  if (fields.name && user.firstName !== undefined) event.firstName = user.firstName;
  if (fields.name && user.lastName !== undefined) event.lastName = user.lastName;
  if (fields.email && user.email !== undefined) event.email = user.email;
  if (fields.phone && user.phone !== undefined) event.phone = user.phone;
}

function addDetails(
  event: Draft,
  { token, factor, primary, primaryPassedUnavailable, unavailableBy }: EventDetails,
  fields: AuditFields,
): void {
  if (fields.token && token !== undefined) event.token = token.serial;
  const usedFactor = token?.type ?? factor;
  if (usedFactor !== undefined) event.factor = usedFactor;
  if (primary !== undefined) event.primary = primary;
  if (primaryPassedUnavailable === true) event.primaryPassedUnavailable = true;
  if (unavailableBy !== undefined) event.unavailableBy = unavailableBy;
}

/** The language in which this user is addressed. */
export function languageOf({ user, settings }: Pick<Visit, 'user' | 'settings'>): string {
  return user?.language ?? settings.delivery.language;
}

function addStation(event: Draft, request: AccessRequest): void {
  const address = userAddressTextOf(request);
  if (address !== '') event.userAddress = address;
}
