import type { SmppGatewayConfig } from '../config/index.ts';
import type { Pdu } from 'smpp';
import type { Delivery, Gateway, GatewayEvents, TextMessage } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import { KeptOpen } from './kept-open.ts';
import { destinationAddress, senderAddress } from './smpp/address.ts';
import { Inbound } from './smpp/inbound.ts';
import { openSmppLink, type Bind, type SmppLink, type SubmitFields } from './smpp/link.ts';
import { kindOf, Receipts, type ExpectedReceipts } from './smpp/receipt.ts';
import { splitText } from './smpp/split-text.ts';
import { deliveryOf } from './smpp/status.ts';
import { problemOf } from './within.ts';

/** SMPP 3.4 §5.2.17: a receipt, whatever became of it. */
const RECEIPT_WANTED = 1;

/** An SMSC behind SMPP 3.4. */
export interface SmppGatewayOptions extends Omit<SmppGatewayConfig, 'type' | 'failures' | 'asideSeconds'> {
  readonly name: string;
}

/** What the SMPP gateway works with. */
export interface SmppGatewayDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Named after the gateway. */
  readonly logger: Logger;
  readonly events: GatewayEvents;
}

/** Sends SMS through an SMSC and hears what comes back. */
export function createSmppGateway(deps: SmppGatewayDeps, options: SmppGatewayOptions): Gateway {
  return new SmppGateway(deps, options);
}

class SmppGateway implements Gateway {
  readonly name: string;
  readonly channels = ['sms'] as const;
  readonly #deps: SmppGatewayDeps;
  readonly #options: SmppGatewayOptions;
  readonly #receipts: Receipts;
  readonly #inbound: Inbound;
  /** Where messages go. */
  readonly #sending: KeptOpen<SmppLink>;
  /** That session, and the one that hears where it does not. */
  readonly #sessions: readonly KeptOpen<SmppLink>[];
  #reference: number;

  constructor(deps: SmppGatewayDeps, options: SmppGatewayOptions) {
    this.name = options.name;
    this.#deps = deps;
    this.#options = options;
    this.#receipts = new Receipts(deps.events);
    this.#inbound = new Inbound(deps.clock, options.country);
    this.#reference = deps.random.octets(1)[0] ?? 0;
    const isPair = options.bind === 'pair';
    this.#sending = this.#session(isPair ? 'transmitter' : 'transceiver');
    this.#sessions = isPair ? [this.#sending, this.#session('receiver')] : [this.#sending];
  }

  async start(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.stop()));
  }

  async sendText(message: TextMessage, signal: AbortSignal): Promise<Delivery> {
    const fields = this.#fieldsOf(message);
    if (typeof fields === 'string') return { kind: 'refused', problem: fields };
    const link = this.#sending.current;
    if (link === undefined) return { kind: 'failed', problem: `not connected: ${this.#sending.problem}` };
    const expected = this.#receipts.expect(message.id, fields.length);
    const delivery = await handOver(link, { parts: fields, expected, signal });
    if (delivery.kind !== 'sent') expected.forget();
    // Whoever called puts it on record first: a receipt of what is not on record yet would be lost.
    else setImmediate(() => expected.handedOver());
    return delivery;
  }

  #session(bind: Bind): KeptOpen<SmppLink> {
    const { timeoutSeconds, enquireSeconds } = this.#options;
    const deps = { clock: this.#deps.clock, delivered: (pdu: Pdu) => this.#delivered(pdu) };
    const timing = { timeoutMs: timeoutSeconds * 1000, enquireMs: enquireSeconds * 1000 };
    const options = { ...this.#options, ...timing, bind };
    return new KeptOpen({ ...this.#deps, about: { gateway: this.name, bind } }, (signal) =>
      openSmppLink(deps, options, signal),
    );
  }

  /** The `submit_sm` of each part; a sentence when there can be none. */
  #fieldsOf({ to, from = this.#options.from ?? '', text }: TextMessage): SubmitFields[] | string {
    const destination = destinationAddress(to);
    if (destination === undefined) return 'the number is not in E.164';
    this.#reference = (this.#reference + 1) % 256;
    const parts = splitText(text, this.#options.longMessages, this.#reference);
    if (parts === undefined) return 'the text is too long';
    const source = senderAddress(from);
    const { receipts, validitySeconds } = this.#options;
    const common = {
      source_addr_ton: source.ton,
      source_addr_npi: source.npi,
      source_addr: source.address,
      dest_addr_ton: destination.ton,
      dest_addr_npi: destination.npi,
      destination_addr: destination.address,
      registered_delivery: receipts ? RECEIPT_WANTED : 0,
      validity_period: validitySeconds === undefined ? '' : relativeTime(validitySeconds),
    };
    return parts.map((part) => ({ ...common, ...part }));
  }

  #delivered(pdu: Pdu): void {
    const { logger } = this.#deps;
    switch (kindOf(pdu)) {
      case 'receipt':
        if (!this.#receipts.take(pdu)) logger.debug({}, 'a receipt belongs to no message that is known');
        return;
      case 'other':
        return;
      case 'message': {
        const message = this.#inbound.take(pdu);
        if (typeof message === 'string') logger.debug({}, message);
        else this.#deps.events.inbound({ gateway: this.name, ...message });
      }
    }
  }
}

interface HandOver {
  readonly parts: readonly SubmitFields[];
  readonly expected: ExpectedReceipts;
  readonly signal: AbortSignal;
}

async function handOver(link: SmppLink, { parts, expected, signal }: HandOver): Promise<Delivery> {
  const references: string[] = [];
  const taken = (messageId: string) => {
    references.push(messageId);
    expected.named(messageId);
  };
  try {
    for (const part of parts) {
      const status = await link.submit(part, signal, taken);
      if (status !== 0) return deliveryOf(status);
    }
  } catch (error) {
    return { kind: 'failed', problem: problemOf(error) };
  }
  const reference = references.find((name) => name !== '');
  return { kind: 'sent', ...(reference !== undefined && { reference }) };
}

/** SMPP 3.4 §7.1.1: a time from now, `YYMMDDhhmmsstnnR`. */
function relativeTime(seconds: number): string {
  const parts = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  return `0000${parts.map((part) => String(part).padStart(2, '0')).join('')}000R`;
}
