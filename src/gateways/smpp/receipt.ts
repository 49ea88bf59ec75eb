import type { Pdu } from 'smpp';
import type { GatewayEvents } from '../../factors/index.ts';
import { createBoundedCache } from '../../lib/bounded-cache.ts';

/** Older ones are forgotten: their receipts change nothing. */
const MAX_AWAITED = 10_000;

/** SMPP 3.4 §5.2.12: bits 5 to 2 of `esm_class`. */
const ESM_TYPE = 0x3c;
const ESM_RECEIPT = 0x04;

type Outcome = Parameters<GatewayEvents['reported']>[1];

/** SMPP 3.4 §5.2.28, and the words of appendix B; what is missing here is no end (on its way, accepted, unknown). */
const STATES = new Map<string | number, Outcome>(
  (
    [
      [2, 'DELIVRD', { kind: 'delivered' }],
      [3, 'EXPIRED', { kind: 'undelivered', problem: 'it expired' }],
      [4, 'DELETED', { kind: 'undelivered', problem: 'it was deleted' }],
      [5, 'UNDELIV', { kind: 'undelivered', problem: 'it cannot be delivered' }],
      [8, 'REJECTD', { kind: 'undelivered', problem: 'it was rejected' }],
    ] as const
  ).flatMap(([state, word, outcome]) => [[state, outcome] as const, [word, outcome] as const]),
);

/** A delivery whose parts were handed over. */
interface Awaited {
  readonly id: string;
  readonly open: Set<string>;
  /** How many parts there are that the SMSC has not named yet. */
  unnamed: number;
}

/** Whether a `deliver_sm` is a receipt, not somebody's message. */
export function isReceipt({ esm_class = 0 }: Pdu): boolean {
  return (esm_class & ESM_TYPE) === ESM_RECEIPT;
}

/** Matches the SMSC's receipts to our deliveries: delivered once every part is, undelivered as soon as one is not. */
export class Receipts {
  readonly #awaited = createBoundedCache<string, Awaited>({ maxEntries: MAX_AWAITED });
  readonly #events: GatewayEvents;

  constructor(events: GatewayEvents) {
    this.#events = events;
  }

  /** Gives a function to call with the SMSC's name of each part, as soon as it is known. */
  expect(id: string, parts: number): (messageId: string) => void {
    const awaited: Awaited = { id, open: new Set(), unnamed: parts };
    return (messageId) => {
      awaited.unnamed -= 1;
      if (messageId === '') return;
      const name = messageId.toLowerCase();
      awaited.open.add(name);
      this.#awaited.set(name, awaited);
    };
  }

  /** Takes a receipt; false when it belongs to nothing we know. */
  take(pdu: Pdu): boolean {
    const text = textOf(pdu);
    const messageId = pdu.receipted_message_id ?? /\bid:([^\s]{1,65})/i.exec(text)?.[1];
    const outcome = STATES.get(pdu.message_state ?? /\bstat:([A-Z]{1,7})/i.exec(text)?.[1]?.toUpperCase() ?? '');
    const name = messageId === undefined ? undefined : this.#nameOf(messageId);
    const awaited = name === undefined ? undefined : this.#awaited.get(name);
    if (name === undefined || awaited === undefined) return false;
    if (outcome !== undefined) this.#settle(name, awaited, outcome);
    return true;
  }

  #settle(name: string, awaited: Awaited, outcome: Outcome): void {
    this.#awaited.delete(name);
    awaited.open.delete(name);
    if (outcome.kind === 'delivered' && (awaited.open.size > 0 || awaited.unnamed > 0)) return;
    for (const other of awaited.open) this.#awaited.delete(other);
    awaited.open.clear();
    this.#events.reported(awaited.id, outcome);
  }

  // Many an SMSC answers in hexadecimal and reports in decimal, or the other way round.
  #nameOf(messageId: string): string | undefined {
    const name = messageId.toLowerCase();
    const names = [name];
    if (/^\d{1,20}$/.test(name)) names.push(BigInt(name).toString(16), BigInt(name).toString());
    if (/^[\da-f]{1,20}$/.test(name)) names.push(BigInt(`0x${name}`).toString(), BigInt(`0x${name}`).toString(16));
    return names.find((candidate) => this.#awaited.has(candidate));
  }
}

/** The text of a message, wherever it stands; empty where it is no text. */
export function textOf({ short_message, message_payload }: Pdu): string {
  const texts = [short_message, message_payload].map((value) => {
    const message = typeof value === 'object' && 'message' in value ? value.message : value;
    return typeof message === 'string' ? message : '';
  });
  return texts.find((text) => text !== '') ?? '';
}
