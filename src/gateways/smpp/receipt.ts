import type { Pdu } from 'smpp';
import type { GatewayEvents } from '../../factors/index.ts';
import { createBoundedCache } from '../../lib/bounded-cache.ts';

/** Older ones are forgotten: their receipts change nothing. */
const MAX_AWAITED = 10_000;

/** Names of messages that are still being handed over, each in up to five spellings. */
const MAX_EARLY = 5_000;

/** SMPP 3.4 §5.2.23, and some more: SMSCs have longer names than it allows. */
const MAX_NAME_CHARACTERS = 128;

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

/** A delivery whose parts are being handed over. */
export interface ExpectedReceipts {
  /** The SMSC's name of one more part, as soon as it is known; empty where it gives none. */
  named(messageId: string): void;
  /** The SMSC has every part, and that is on record: from now on receipts are told. */
  handedOver(): void;
  /** It came to nothing, and so do its receipts. */
  forget(): void;
}

interface Awaited {
  readonly id: string;
  readonly open: Set<string>;
  /** How many parts there are that the SMSC has not named yet. */
  unnamed: number;
  isHandedOver: boolean;
  /** What has become of it; told once everything is handed over. */
  outcome: Outcome | undefined;
}

/** What a `deliver_sm` is: somebody's message, a receipt, or something else between machines. */
export function kindOf({ esm_class = 0 }: Pdu): 'message' | 'receipt' | 'other' {
  if ((esm_class & ESM_TYPE) === 0) return 'message';
  return (esm_class & ESM_TYPE) === ESM_RECEIPT ? 'receipt' : 'other';
}

/**
 * Matches the SMSC's receipts to our deliveries: delivered once every part is, undelivered as soon as one is not.
 * One that comes by another session may be here before the answer that names its message: it is kept until then.
 */
export class Receipts {
  readonly #awaited = createBoundedCache<string, Awaited>({ maxEntries: MAX_AWAITED });
  readonly #early = createBoundedCache<string, Outcome>({ maxEntries: MAX_EARLY });
  readonly #events: GatewayEvents;
  #inHand = 0;

  constructor(events: GatewayEvents) {
    this.#events = events;
  }

  /** A delivery of so many parts is about to be handed over. Ends with `handedOver` or `forget`, once. */
  expect(id: string, parts: number): ExpectedReceipts {
    const awaited: Awaited = { id, open: new Set(), unnamed: parts, isHandedOver: false, outcome: undefined };
    this.#inHand += 1;
    return {
      named: (messageId) => this.#named(awaited, messageId),
      handedOver: () => {
        this.#ended();
        awaited.isHandedOver = true;
        if (awaited.outcome !== undefined) this.#events.reported(id, awaited.outcome);
      },
      forget: () => {
        this.#ended();
        this.#close(awaited);
      },
    };
  }

  /** Takes a receipt; false when it belongs to nothing we know. */
  take(pdu: Pdu): boolean {
    const text = textOf(pdu);
    const messageId = pdu.receipted_message_id ?? /\bid:([^\s]{1,128})/i.exec(text)?.[1] ?? '';
    const outcome = STATES.get(pdu.message_state ?? /\bstat:([A-Z]{1,7})/i.exec(text)?.[1]?.toUpperCase() ?? '');
    const names = spellingsOf(messageId);
    for (const name of names) {
      const awaited = this.#awaited.get(name);
      if (awaited === undefined) continue;
      if (outcome !== undefined) this.#settle(name, awaited, outcome);
      return true;
    }
    if (this.#inHand === 0) return false;
    if (outcome !== undefined) for (const name of names) this.#early.set(name, outcome);
    return names.length > 0;
  }

  #named(awaited: Awaited, messageId: string): void {
    awaited.unnamed -= 1;
    const [name] = spellingsOf(messageId);
    if (name === undefined || awaited.outcome !== undefined) return;
    awaited.open.add(name);
    this.#awaited.set(name, awaited);
    const outcome = this.#early.get(name);
    if (outcome !== undefined) this.#settle(name, awaited, outcome);
  }

  #settle(name: string, awaited: Awaited, outcome: Outcome): void {
    this.#awaited.delete(name);
    awaited.open.delete(name);
    if (outcome.kind === 'delivered' && (awaited.open.size > 0 || awaited.unnamed > 0)) return;
    this.#close(awaited);
    awaited.outcome = outcome;
    if (awaited.isHandedOver) this.#events.reported(awaited.id, outcome);
  }

  #close({ open }: Awaited): void {
    for (const name of open) this.#awaited.delete(name);
    open.clear();
  }

  #ended(): void {
    this.#inHand -= 1;
    if (this.#inHand === 0) this.#early.clear();
  }
}

// Many an SMSC answers in hexadecimal and reports in decimal, or the other way round. The first is the name as it is.
function spellingsOf(messageId: string): string[] {
  if (messageId === '' || messageId.length > MAX_NAME_CHARACTERS) return [];
  const name = messageId.toLowerCase();
  const names = [name];
  if (/^\d{1,20}$/.test(name)) names.push(BigInt(name).toString(16), BigInt(name).toString());
  if (/^[\da-f]{1,20}$/.test(name)) names.push(BigInt(`0x${name}`).toString(), BigInt(`0x${name}`).toString(16));
  return names;
}

/** The text of a message, wherever it stands; empty where it is no text. */
export function textOf({ short_message, message_payload }: Pdu): string {
  const texts = [short_message, message_payload].map((value) => {
    const message = typeof value === 'object' && 'message' in value ? value.message : value;
    return typeof message === 'string' ? message : '';
  });
  return texts.find((text) => text !== '') ?? '';
}
