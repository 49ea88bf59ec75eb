import { formatAddress } from '../lib/ip.ts';
import { nameKey } from '../lib/name-key.ts';
import { AttributeType, firstValue, type Attribute } from '../radius/index.ts';
import type { AccountingRequest } from './account.ts';

/** A session that a NAS has told of. */
export interface LiveSession {
  /** Name of the client. */
  readonly client: string;
  /** Which NAS of that client: what it calls itself, in no spelling of its own. */
  readonly nas: string;
  /** Acct-Session-Id as text; one character an octet. */
  readonly sessionId: string;
  /** User-Name as text, by the client's charset. */
  readonly username: string;
  /** Calling-Station-Id; empty where the NAS tells none. */
  readonly station: string;
  /** The address that the user was given; empty where the NAS tells none. */
  readonly framedAddress: string;
  /** Where the NAS asks from, and is asked to disconnect. */
  readonly nasAddress: string;
  readonly sinceMs: number;
  /** When it was last heard of. */
  readonly seenMs: number;
  /** What names the NAS and the session in a Disconnect-Request (RFC 5176 §3), as the NAS sent it. */
  readonly naming: readonly Attribute[];
}

/** What becomes of what is known of sessions. */
export type SessionChange =
  | { readonly kind: 'start' | 'interim'; readonly session: LiveSession }
  | { readonly kind: 'stop'; readonly client: string; readonly nas: string; readonly sessionId: string }
  /** Accounting-On or -Off: whatever went on at this NAS is over. */
  | { readonly kind: 'nas-restarted'; readonly client: string; readonly nas: string };

/** What an authentic Accounting-Request tells of a user's session: once for each time it is sent. */
export interface AccountingNotice {
  readonly kind: 'start' | 'interim' | 'stop';
  readonly session: LiveSession;
  /** Somebody has ended the session on purpose: it was no line that broke, and no time that ran out. */
  readonly isLogout: boolean;
  /** Calling-Station-Id, a character an octet; empty where the NAS tells none. */
  readonly stationKey: string;
}

// RFC 2866 §5.1.
const statusKinds: Readonly<Record<number, SessionChange['kind']>> = {
  1: 'start',
  2: 'stop',
  3: 'interim',
  7: 'nas-restarted',
  8: 'nas-restarted',
};

// RFC 5176 §3: what identifies the NAS, and of the session what it cannot mistake. An attribute that does not match
// makes the NAS refuse, so that nothing is told that changes in the course of a session.
const namingTypes: ReadonlySet<number> = new Set([
  AttributeType.userName,
  AttributeType.nasIpAddress,
  AttributeType.nasPort,
  AttributeType.callingStationId,
  AttributeType.nasIdentifier,
  AttributeType.acctSessionId,
  AttributeType.nasIpv6Address,
]);

// RFC 2866 §5.10: User Request, Admin Reset.
const logoutCauses: ReadonlySet<number> = new Set([1, 6]);

/** What of the session changes; `undefined` where the request tells of none: another status, or no session named. */
export function changeOf(request: AccountingRequest, nowMs: number): SessionChange | undefined {
  const { attributes, client } = request;
  const kind = statusKinds[numberOf(firstValue(attributes, AttributeType.acctStatusType)) ?? 0];
  if (kind === undefined) return undefined;
  const nas = nasOf(attributes);
  if (kind === 'nas-restarted') return { kind, client: client.name, nas };
  const sessionId = firstValue(attributes, AttributeType.acctSessionId)?.toString('latin1') ?? '';
  if (sessionId === '') return undefined;
  if (kind === 'stop') return { kind, client: client.name, nas, sessionId };
  return { kind, session: sessionOf(request, { nas, sessionId, nowMs }) };
}

/** What is told to whoever wants to know of users' sessions; `undefined`: nothing about a session. */
export function noticeOf(request: AccountingRequest, change: SessionChange | undefined, nowMs: number) {
  if (change === undefined || change.kind === 'nas-restarted') return undefined;
  const { kind } = change;
  const session = kind === 'stop' ? sessionOf(request, { ...change, nowMs }) : change.session;
  const { attributes } = request;
  const cause = numberOf(firstValue(attributes, AttributeType.acctTerminateCause));
  const isLogout = kind === 'stop' && cause !== undefined && logoutCauses.has(cause);
  const stationKey = firstValue(attributes, AttributeType.callingStationId)?.toString('latin1') ?? '';
  return { kind, session, isLogout, stationKey } satisfies AccountingNotice;
}

/** Whether a session is that user's: their name as it is, or between a domain and a realm. */
export function isSessionOf({ username }: LiveSession, user: string): boolean {
  const key = nameKey(user);
  return nameKey(username) === key || nameKey(bare(username)) === key;
}

/** Acct-Delay-Time (RFC 2866 §5.2) in seconds; 0 where it is missing or no number. */
export function delaySecondsOf(attributes: readonly Attribute[]): number {
  return numberOf(firstValue(attributes, AttributeType.acctDelayTime)) ?? 0;
}

function sessionOf(
  { attributes, client, clientAddress }: AccountingRequest,
  known: { readonly nas: string; readonly sessionId: string; readonly nowMs: number },
): LiveSession {
  const { nas, sessionId, nowMs } = known;
  const charset = client.charset === 'latin1' ? 'latin1' : 'utf8';
  return {
    client: client.name,
    nas,
    sessionId,
    username: firstValue(attributes, AttributeType.userName)?.toString(charset) ?? '',
    station: firstValue(attributes, AttributeType.callingStationId)?.toString('utf8') ?? '',
    framedAddress: framedAddressOf(attributes),
    nasAddress: clientAddress,
    sinceMs: nowMs - delaySecondsOf(attributes) * 1000,
    seenMs: nowMs,
    naming: attributes.filter(({ type }) => namingTypes.has(type)),
  };
}

function nasOf(attributes: readonly Attribute[]): string {
  const { nasIdentifier, nasIpAddress, nasIpv6Address } = AttributeType;
  return [nasIdentifier, nasIpAddress, nasIpv6Address]
    .map((type) => firstValue(attributes, type)?.toString('hex') ?? '')
    .join(' ');
}

function framedAddressOf(attributes: readonly Attribute[]): string {
  for (const type of [AttributeType.framedIpAddress, AttributeType.framedIpv6Address]) {
    const value = firstValue(attributes, type);
    if (value?.length === 4 || value?.length === 16) return formatAddress(value);
  }
  return '';
}

function numberOf(value: Buffer | undefined): number | undefined {
  return value?.length === 4 ? value.readUInt32BE(0) : undefined;
}

// `DOMAIN\user`, `user@realm` (RFC 7542 §2.2).
function bare(name: string): string {
  return name.slice(name.lastIndexOf('\\') + 1).split('@', 1)[0] ?? '';
}
