import type {
  AdmissionClaim,
  AuditEvent,
  BlockClaim,
  CodeClaim,
  FailureClaim,
  PasscodeClaim,
} from '../../access/index.ts';
import { eventTail, haveSameTail } from '../event-body.ts';
import { StorageError } from '../storage-error.ts';

/**
 * Operations cross to the writer's thread as one flat list of strings and numbers a batch: copying that is several
 * times cheaper than copying objects. Each operation is its kind followed by its fields:
 *
 *   record   event
 *   spend    nowMs userId tokenId counter driftSteps  accepted replayed locked
 *   fail     nowMs userId lockoutFailures lockoutSeconds  event locked
 *   anchor   nowMs userId
 *   admit    nowMs userId tokenId codeId rememberedId sentTo resets  accepted locked   (0, '': none)
 *   spendCode nowMs userId codeId  accepted replayed locked
 *   block    nowMs userId seconds request  event
 *   expire   nowMs userId
 *   deliver  the fields of a delivery, '' for what is missing
 *   report   nowMs delivery outcome problem
 *   account  a change of sessions or of what waits for home servers, as JSON
 *   remember nowMs userId digest client station expiresAtMs
 *   forget   userKey client station
 *
 * and an event is `verdict reason tail atMs`. After the first event of an operation, one that differs from it
 * in verdict and reason only is `verdict reason ''`.
 */
export type Field = string | number;

export const Operation = {
  record: 0,
  spend: 1,
  fail: 2,
  anchor: 3,
  admit: 10,
  spendCode: 11,
  block: 12,
  expire: 13,
  deliver: 14,
  report: 15,
  account: 70,
  remember: 20,
  forget: 21,
} as const;

/** What became of an operation: one octet each. */
export const Outcome = { done: 0, spent: 1, replayed: 2, locked: 3, counted: 4, admitted: 5 } as const;

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

export function pushAdmit(fields: Field[], claim: AdmissionClaim, nowMs: number): void {
  const tails = tailsOf(claim.accepted, [claim.locked]);
  const { userId, tokenId = 0, codeId = 0, rememberedId = 0, sentTo = '', resets } = claim;
  fields.push(Operation.admit, nowMs, userId, tokenId, codeId, rememberedId, sentTo, Number(resets));
  pushEvent(fields, claim.accepted, tails[0] ?? '');
  pushEvent(fields, claim.locked, tails[1] ?? '');
}

export function pushSpendCode(fields: Field[], claim: CodeClaim, nowMs: number): void {
  const tails = tailsOf(claim.accepted, [claim.replayed, claim.locked]);
  fields.push(Operation.spendCode, nowMs, claim.userId, claim.codeId);
  pushEvent(fields, claim.accepted, tails[0] ?? '');
  pushEvent(fields, claim.replayed, tails[1] ?? '');
  pushEvent(fields, claim.locked, tails[2] ?? '');
}

export function pushBlock(fields: Field[], claim: BlockClaim, nowMs: number): void {
  const tail = eventTail(claim.event);
  if (!Number.isSafeInteger(claim.seconds) || claim.seconds < 0) {
    throw new StorageError('event-invalid', 'A block lasts whole seconds.');
  }
  fields.push(Operation.block, nowMs, claim.userId, claim.seconds, claim.event.id);
  pushEvent(fields, claim.event, tail);
}

export function pushExpire(fields: Field[], userId: number, nowMs: number): void {
  fields.push(Operation.expire, nowMs, userId);
}

// Made before anything is pushed: a bad event throws, and must leave the list as it was.
function tailsOf(first: AuditEvent, others: readonly AuditEvent[]): string[] {
  return [eventTail(first), ...others.map((event) => (haveSameTail(first, event) ? '' : eventTail(event)))];
}

function pushEvent(fields: Field[], event: AuditEvent, tail: string): void {
  if (tail === '') fields.push(event.verdict, event.reason, '');
  else fields.push(event.verdict, event.reason, tail, event.atMs);
}

/** What an outcome of spending means. */
export function spending(outcome: number): 'spent' | 'replayed' | 'locked' {
  switch (outcome) {
    case Outcome.spent:
      return 'spent';
    case Outcome.replayed:
      return 'replayed';
    case Outcome.locked:
      return 'locked';
  }
  throw new StorageError('writer-down', `The writer gave a senseless answer (${outcome}).`);
}
