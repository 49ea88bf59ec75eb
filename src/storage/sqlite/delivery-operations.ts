import type { DeliveryRecord } from '../../factors/index.ts';
import { StorageError } from '../storage-error.ts';
import { Operation } from './operations.ts';
import type { Field } from './operations.ts';

// Gateways choose these words: a longer text is cut.
const MAX_CHARACTERS = 500;

/** A delivery, as operations cross to the writer. */
export function pushDelivery(fields: Field[], delivery: DeliveryRecord): void {
  // Refused here: in the writer it would take the logins of its batch with it.
  if (!Number.isSafeInteger(delivery.atMs) || !Number.isSafeInteger(delivery.userId)) {
    throw new StorageError('event-invalid', 'A delivery needs a time in whole milliseconds and the number of a user.');
  }
  fields.push(Operation.deliver, delivery.id, delivery.atMs, delivery.userId, delivery.client, delivery.channel);
  fields.push(delivery.gateway, delivery.country ?? '', delivery.outcome);
  fields.push(short(delivery.reference), short(delivery.price), short(delivery.problem));
}

/** What a gateway has reported later. */
export function pushReport(
  fields: Field[],
  report: { readonly id: string; readonly outcome: string; readonly problem?: string | undefined },
  nowMs: number,
): void {
  fields.push(Operation.report, nowMs, report.id, report.outcome, short(report.problem));
}

function short(text = ''): string {
  return text.slice(0, MAX_CHARACTERS);
}
