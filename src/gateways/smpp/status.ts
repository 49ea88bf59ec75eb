import smpp from 'smpp';
import type { Delivery } from '../../factors/index.ts';

const names = new Map(Object.entries(smpp.errors).map(([name, status]) => [status, name]));

/** Of the recipient, not of the SMSC: another gateway would have the same to say (SMPP 3.4 §5.1.3). */
const REFUSALS = new Set(['ESME_RINVDSTADR', 'ESME_RINVDSTTON', 'ESME_RINVDSTNPI', 'ESME_RINVMSGLEN']);

/** The SMSC has too much to do for us. */
const THROTTLES = new Set(['ESME_RTHROTTLED', 'ESME_RMSGQFUL']);

/** `ESME_RINVPASWD`, or the number of a status of the SMSC's own. */
export function statusName(status: number): string {
  return names.get(status) ?? `status 0x${status.toString(16)}`;
}

/** What a status other than 0 makes of a delivery. */
export function deliveryOf(status: number): Delivery {
  const name = statusName(status);
  if (REFUSALS.has(name)) return { kind: 'refused', problem: `the SMSC refuses the message: ${name}` };
  if (THROTTLES.has(name)) return { kind: 'failed', problem: `the SMSC takes no more messages for now: ${name}` };
  return { kind: 'failed', problem: `the SMSC has answered ${name}` };
}
