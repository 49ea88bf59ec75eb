import type { AuditEvent } from '../access/index.ts';
import { StorageError } from './storage-error.ts';

const textFields = [
  'server',
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
  'unavailableBy',
  'rule',
] as const;

/**
 * An event as the log keeps it: JSON with its fields in one order, verdict and reason first. The rest is its own piece,
 * because the events a claim may end in mostly differ in those two only, and then the rest crosses to the writer once.
 */
export function eventTail(event: AuditEvent): string {
  if (!Number.isSafeInteger(event.atMs) || !Number.isFinite(event.durationMs)) {
    throw new StorageError('event-invalid', 'An event needs a time in whole milliseconds and a duration.');
  }
  let tail = `"id":${JSON.stringify(event.id)},"atMs":${event.atMs}`;
  for (const field of textFields) {
    const value = event[field];
    if (value !== undefined) tail += `,"${field}":${JSON.stringify(value)}`;
  }
  if (event.primaryPassedUnavailable !== undefined)
    tail += `,"primaryPassedUnavailable":${event.primaryPassedUnavailable}`;
  return `${tail},"durationMs":${event.durationMs}}`;
}

/** The whole JSON of an event from its verdict, its reason and the rest. */
export function eventBody(verdict: string, reason: string, tail: string): string {
  return `{"verdict":"${verdict}","reason":"${reason}",${tail}`;
}

/** The bodies of events that were written together as one: a line each. (JSON has no line ends inside.) */
export function joinBodies(bodies: readonly string[]): string {
  return bodies.join('\n');
}

/** The events in what `joinBodies` gave. Throws `log-altered` when one is no event. */
export function parseEvents(body: string): AuditEvent[] {
  return body.split('\n').map(parseEvent);
}

/** Whether two events differ in verdict and reason at most. */
export function haveSameTail(one: AuditEvent, other: AuditEvent): boolean {
  return (
    one.id === other.id &&
    one.atMs === other.atMs &&
    one.durationMs === other.durationMs &&
    one.primaryPassedUnavailable === other.primaryPassedUnavailable &&
    textFields.every((field) => one[field] === other[field])
  );
}

/** The event in the body of one. Throws `log-altered` when it is no event. */
export function parseEvent(body: string): AuditEvent {
  try {
    return JSON.parse(body) as AuditEvent;
  } catch (error) {
    throw new StorageError(
      'log-altered',
      'The authentication log holds a line that is no event; run `sallyport audit verify`.',
      {
        cause: error,
      },
    );
  }
}
