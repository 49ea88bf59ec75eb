import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { DgramAsPromised, type SocketAsPromised } from 'dgram-as-promised';
import { IdentifierPool } from './identifiers.ts';

/** The kernel may grant less. A burst of replies must fit while the process is busy with something else. */
const RECEIVE_BUFFER_OCTETS = 1 << 20;

/** Who is told what a socket receives. */
export interface SocketOwner<Occupant> {
  /** A datagram from the home server's address with the identifier of an open question; nothing else is verified. */
  received(occupant: Occupant, datagram: Buffer): void;
  /** A datagram from the home server's address that answers no open question. */
  receivedUnexpected(): void;
  /** The kernel reports an error: of `send`, or by an ICMP message, which anybody can forge. */
  failed(socket: HomeServerSocket<Occupant>, error: NodeJS.ErrnoException): void;
}

/**
 * One UDP socket, connected to one home server: the kernel drops what comes from any other address (RFC 2865 §3 takes
 * replies from the asked server only) and sending needs no name lookup. Its 256 identifiers are its own (RFC 2865 §3).
 */
export class HomeServerSocket<Occupant> {
  /** Takes no new questions and is closed with its last one. */
  isRetired = false;
  readonly #wrapped: SocketAsPromised;
  readonly #socket: Socket;
  readonly #identifiers = new IdentifierPool();
  readonly #occupants: (Occupant | undefined)[] = new Array<Occupant | undefined>(256).fill(undefined);
  readonly #onSent: (error: Error | null) => void;
  #openCount = 0;

  private constructor(wrapped: SocketAsPromised, owner: SocketOwner<Occupant>) {
    this.#wrapped = wrapped;
    this.#socket = wrapped.socket;
    this.#onSent = (error) => {
      if (error !== null) owner.failed(this, error);
    };
    this.#socket.on('error', (error) => owner.failed(this, error));
    this.#socket.on('message', (datagram) => {
      const occupant = this.#occupants[datagram[1] ?? -1];
      if (occupant === undefined) owner.receivedUnexpected();
      else owner.received(occupant, datagram);
    });
  }

  /** A socket connected to that address. Rejects with the system's error. */
  static async open<Occupant>(
    address: string,
    port: number,
    owner: SocketOwner<Occupant>,
  ): Promise<HomeServerSocket<Occupant>> {
    const wrapped = DgramAsPromised.createSocket({
      type: isIPv6(address) ? 'udp6' : 'udp4',
      recvBufferSize: RECEIVE_BUFFER_OCTETS,
    });
    try {
      await wrapped.bind({ port: 0, exclusive: true });
      await connect(wrapped.socket, address, port);
    } catch (error) {
      await wrapped.close();
      throw error;
    }
    return new HomeServerSocket(wrapped, owner);
  }

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

  send(datagram: Buffer): void {
    this.#socket.send(datagram, this.#onSent);
  }

  close(): Promise<void> {
    return this.#wrapped.close();
  }

  #vacate(identifier: number): void {
    this.#occupants[identifier] = undefined;
    this.#openCount -= 1;
  }
}

function connect(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.connect(port, address, (error?: Error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
