import type { AuditEvent, FailureClaim, PasscodeClaim } from '../../access/index.ts';
import { eventTail, haveSameTail } from '../event-body.ts';
import { nameKey } from '../../lib/name-key.ts';

/**
 * Operations cross to the writer's thread as one flat list of strings and numbers a batch: copying that is several
 * times cheaper than copying objects. Each operation is its kind followed by its fields:
 *
 *   record   event
 *   spend    nowMs userId tokenId counter driftSteps  accepted replayed locked
 *   fail     nowMs userId lockoutFailures lockoutSeconds  event locked
 *   anchor   nowMs userId
 *
 * and an event is `verdict reason tail atMs userKey client`. After the first event of an operation, one that differs from it
 * in verdict and reason only is `verdict reason ''`.
 */
export type Field = string | number;

export const Operation = { record: 0, spend: 1, fail: 2, anchor: 3 } as const;

/** What became of an operation: one octet each. */
export const Outcome = { done: 0, spent: 1, replayed: 2, locked: 3, counted: 4 } as const;

export function pushRecord(fields: Field[], event: AuditEvent): void {
  const tail = eventTail(event);
  fields.push(Operation.record);
  pushEvent(fields, event, tail);
}

export function pushSpend(fields: Field[], claim: PasscodeClaim, nowMs: number): void {
  const tails = tailsOf(claim.accepted, [claim.replayed, claim.locked]);
  fields.push(Operation.spend, nowMs, claim.userId, claim.tokenId, claim.counter, claim.driftSteps);
  pushEvent(fields, claim.accepted, tails[0] ?? '');
  pushEvent(fields, claim.replayed, tails[1] ?? '');
  pushEvent(fields, claim.locked, tails[2] ?? '');
}

export function pushFail(fields: Field[], claim: FailureClaim, nowMs: number): void {
  const tails = tailsOf(claim.event, [claim.locked]);
  fields.push(Operation.fail, nowMs, claim.userId, claim.lockoutFailures, claim.lockoutSeconds);
  pushEvent(fields, claim.event, tails[0] ?? '');
  pushEvent(fields, claim.locked, tails[1] ?? '');
}

export function pushAnchor(fields: Field[], userId: number, nowMs: number): void {
  fields.push(Operation.anchor, nowMs, userId);
}

// Made before anything is pushed: a bad event throws, and must leave the list as it was.
function tailsOf(first: AuditEvent, others: readonly AuditEvent[]): string[] {
  return [eventTail(first), ...others.map((event) => (haveSameTail(first, event) ? '' : eventTail(event)))];
}

function pushEvent(fields: Field[], event: AuditEvent, tail: string): void {
  if (tail === '') fields.push(event.verdict, event.reason, '');
  else fields.push(event.verdict, event.reason, tail, event.atMs, nameKey(event.username), event.client);
}
