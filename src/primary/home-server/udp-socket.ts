import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { DgramAsPromised, type SocketAsPromised } from 'dgram-as-promised';
import { HomeServerSocket, type SocketOwner } from './socket.ts';

/** The kernel may grant less. A burst of replies must fit while the process is busy with something else. */
const RECEIVE_BUFFER_OCTETS = 1 << 20;

/**
 * One UDP socket, connected to one home server: the kernel drops what comes from any other address (RFC 2865 §3 takes
 * replies from the asked server only) and sending needs no name lookup.
 */
export class UdpSocket<Occupant> extends HomeServerSocket<Occupant> {
  readonly isReliable = false;
  readonly #wrapped: SocketAsPromised;
  readonly #socket: Socket;
  readonly #onSent: (error: Error | null) => void;

  private constructor(wrapped: SocketAsPromised, owner: SocketOwner<Occupant>) {
    super(owner);
    this.#wrapped = wrapped;
    this.#socket = wrapped.socket;
    this.#onSent = (error) => {
      if (error !== null) owner.failed(this, error);
    };
    this.#socket.on('error', (error) => owner.failed(this, error));
    this.#socket.on('message', (datagram) => this.deliver(datagram));
  }

  /** A socket connected to that address. Rejects with the system's error. */
  static async open<Occupant>(
    address: string,
    port: number,
    owner: SocketOwner<Occupant>,
  ): Promise<UdpSocket<Occupant>> {
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
    return new UdpSocket(wrapped, owner);
  }

  send(datagram: Buffer): void {
    this.#socket.send(datagram, this.#onSent);
  }

  close(): Promise<void> {
    return this.#wrapped.close();
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
