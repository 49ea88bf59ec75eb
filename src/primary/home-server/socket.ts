import { IdentifierPool } from './identifiers.ts';

/** Who is told what a socket receives. */
export interface SocketOwner<Occupant> {
  /** A packet from the home server with the identifier of an open question; nothing else is verified. */
  received(occupant: Occupant, datagram: Buffer): void;
  /** A packet from the home server that does not count: it answers no open question, or cannot be read. */
  ignored(reason: 'unexpected' | 'malformed'): void;
  /** The kernel reports an error: of `send`, or by an ICMP message, which anybody can forge. */
  failed(socket: HomeServerSocket<Occupant>, error: NodeJS.ErrnoException): void;
  /** A connection has ended: what is open on it is not answered. */
  lost(socket: HomeServerSocket<Occupant>): void;
}

/** A way to one home server with 256 identifiers of its own (RFC 2865 §3): one implementation a transport. */
export abstract class HomeServerSocket<Occupant> {
  /** Takes no new questions and is closed with its last one. */
  isRetired = false;
  /** Whether it brings each packet there, or ends: nothing is sent a second time by it (RFC 6613 §2.6.1). */
  abstract readonly isReliable: boolean;
  /** Whether an answer has come by it. */
  hasAnswered = false;
  protected readonly owner: SocketOwner<Occupant>;
  readonly #identifiers = new IdentifierPool();
  readonly #occupants: (Occupant | undefined)[] = new Array<Occupant | undefined>(256).fill(undefined);
  #openCount = 0;

  constructor(owner: SocketOwner<Occupant>) {
    this.owner = owner;
  }

  abstract send(datagram: Buffer): void;

  abstract close(): Promise<void>;

  /** Questions that occupy an identifier. */
  get openCount(): number {
    return this.#openCount;
  }

  /** Identifiers that can be taken at once. */
  get freeCount(): number {
    return this.#identifiers.freeCount;
  }

  /** What occupies identifiers, in no order. */
  *occupants(): Generator<Occupant> {
    for (const occupant of this.#occupants) if (occupant !== undefined) yield occupant;
  }

  /** An identifier for the occupant, or `undefined` when all are in use. */
  take(occupant: Occupant, nowMs: number): number | undefined {
    const identifier = this.#identifiers.take(nowMs);
    if (identifier === undefined) return undefined;
    this.#occupants[identifier] = occupant;
    this.#openCount += 1;
    return identifier;
  }

  /** Gives the identifier back after an answer. */
  release(identifier: number): void {
    this.#vacate(identifier);
    this.#identifiers.release(identifier);
  }

  /** Gives the identifier back without an answer: it is not used for a while. */
  retire(identifier: number, nowMs: number): void {
    this.#vacate(identifier);
    this.#identifiers.retire(identifier, nowMs);
  }

  /** What occupies that identifier. */
  protected occupantOf(identifier: number): Occupant | undefined {
    return this.#occupants[identifier];
  }

  /** Hands a packet to whom its identifier belongs. */
  protected deliver(datagram: Buffer): void {
    const occupant = this.#occupants[datagram[1] ?? -1];
    if (occupant === undefined) this.owner.ignored('unexpected');
    else this.owner.received(occupant, datagram);
  }

  #vacate(identifier: number): void {
    this.#occupants[identifier] = undefined;
    this.#openCount -= 1;
  }
}
