import type { RelayedRecord } from '../../accounting/index.ts';
import { AttributeType, Code, decodePacket, encodeHashedRequest, type Attribute } from '../../radius/index.ts';
import { NOT_SET, type Expiring } from './deadlines.ts';
import type { Exchange } from './exchange.ts';
import type { HomeServer } from './home-server.ts';
import type { HomeServerSocket } from './socket.ts';

/** Who leads a record through the servers. */
export interface RecordHandler {
  answered(record: OpenRecord, nowMs: number): void;
  expired(record: OpenRecord, nowMs: number): void;
  doubted(record: OpenRecord, nowMs: number): void;
  lost(record: OpenRecord, nowMs: number): void;
  admitted(record: OpenRecord, nowMs: number): void;
}

const NO_OCTETS = Buffer.alloc(0);
const MAX_SECONDS = 0xffff_ffff;

// What belongs to the hop, and what may not stand in an Accounting-Request at all (RFC 2866 §4.1).
const notRelayed: ReadonlySet<number> = new Set([
  AttributeType.messageAuthenticator,
  AttributeType.proxyState,
  AttributeType.userPassword,
  AttributeType.chapPassword,
  AttributeType.replyMessage,
  AttributeType.state,
]);

/** One Accounting-Request on its way from server to server. */
export class OpenRecord implements Exchange {
  readonly record: RelayedRecord;
  /** Tells whether a home server answered. */
  readonly resolve: (isAnswered: boolean) => void;
  readonly #handler: RecordHandler;

  /** Whom it is sent to now. */
  server: HomeServer;
  /** Servers that did not answer. */
  readonly tried = new Set<HomeServer>();
  socket: HomeServerSocket<Exchange> | undefined = undefined;
  identifier = 0;
  authenticator: Buffer = NO_OCTETS;
  datagram: Buffer = NO_OCTETS;
  attempts = 0;
  sentMs = 0;
  waitMs = 0;

  dueTick = NOT_SET;
  before: Expiring | undefined = undefined;
  after: Expiring | undefined = undefined;

  constructor(
    record: RelayedRecord,
    server: HomeServer,
    resolve: (isAnswered: boolean) => void,
    handler: RecordHandler,
  ) {
    this.record = record;
    this.server = server;
    this.resolve = resolve;
    this.#handler = handler;
  }

  /**
   * Makes the octets for its server and identifier, with our Proxy-State last. The authenticator is their hash (RFC 2866
   * §3); no Message-Authenticator, which RFC 2866 does not know. Throws `RadiusError` when it does not fit into a packet.
   */
  encode(loopMark: Buffer | undefined): void {
    const { identifier, record, server } = this;
    const attributes = relayedAttributes(record);
    if (loopMark !== undefined) attributes.push({ type: AttributeType.proxyState, value: loopMark });
    const request = { code: Code.accountingRequest, identifier, attributes };
    this.datagram = encodeHashedRequest(request, server.key, { messageAuthenticator: false });
    this.authenticator = decodePacket(this.datagram).authenticator;
  }

  answered(_: unknown, nowMs: number): void {
    this.#handler.answered(this, nowMs);
  }

  expired(nowMs: number): void {
    this.#handler.expired(this, nowMs);
  }

  doubted(nowMs: number): void {
    this.#handler.doubted(this, nowMs);
  }

  lost(nowMs: number): void {
    this.#handler.lost(this, nowMs);
  }

  admitted(nowMs: number): void {
    this.#handler.admitted(this, nowMs);
  }
}

/**
 * The NAS's attributes in their order, bit for bit, without those of the hop; Acct-Delay-Time grows by the whole seconds
 * that the request has waited here (RFC 2866 §5.2), and is added where the NAS sent none.
 */
export function relayedAttributes(record: RelayedRecord): Attribute[] {
  const waitedSeconds = Math.floor(record.waitedMs() / 1000);
  const relayed = record.attributes.filter(({ type }) => !notRelayed.has(type));
  if (waitedSeconds <= 0) return relayed;
  const index = relayed.findIndex(({ type, value }) => type === AttributeType.acctDelayTime && value.length === 4);
  const value = Buffer.alloc(4);
  value.writeUInt32BE(Math.min(MAX_SECONDS, (relayed[index]?.value.readUInt32BE(0) ?? 0) + waitedSeconds));
  const delay = { type: AttributeType.acctDelayTime, value };
  return index < 0 ? [...relayed, delay] : relayed.with(index, delay);
}
