import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { PacketStream } from '../../src/radius/index.ts';

/** The other end of a RadSec connection: sends octets, gives packets. */
export class TlsNas {
  readonly socket: TLSSocket;
  readonly #packets: Buffer[] = [];
  readonly closed: Promise<void>;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    const stream = new PacketStream();
    socket.on('data', (chunk: Buffer) => {
      this.#packets.push(...stream.push(chunk));
      socket.emit('packet');
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Connects to a server on loopback whose certificate is for `localhost`, unless told. */
  static async open(options: ConnectionOptions & { readonly localAddress?: string }): Promise<TlsNas> {
    const socket = connect({ host: '127.0.0.1', servername: 'localhost', ...options });
    await once(socket, 'secureConnect');
    return new TlsNas(socket);
  }

  send(octets: Buffer): void {
    this.socket.write(octets);
  }

  /** The next packet, whenever it comes; throws when the connection ends first. */
  async nextReply(): Promise<Buffer> {
    while (this.#packets.length === 0) {
      if (this.socket.destroyed) throw new Error('the connection is closed');
      await Promise.race([once(this.socket, 'packet'), this.closed]);
    }
    return this.#packets.shift()!;
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}
