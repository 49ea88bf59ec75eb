import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** Of one address: a site of many NAS behind one address that all start at once must get through. */
const MAX_PER_ADDRESS = 64;
const MAX_IN_ALL = 1024;

/** TLS handshakes that are under way: how many strangers may keep open. */
export class Handshakes {
  readonly #sockets = new Map<string, Socket>();
  readonly #perAddress = new Map<string, number>();

  get count(): number {
    return this.#sockets.size;
  }

  /** Begins one, until `end` or the socket closes; a reason where there are too many. */
  begin(socket: Socket): 'too-many-handshakes' | undefined {
    const { remoteAddress: address, remotePort: port } = socket;
    if (address === undefined) return undefined;
    const present = this.#perAddress.get(address) ?? 0;
    if (present >= MAX_PER_ADDRESS || this.#sockets.size >= MAX_IN_ALL) return 'too-many-handshakes';
    this.#perAddress.set(address, present + 1);
    this.#sockets.set(keyOf(address, port), socket);
    socket.once('close', () => this.#remove(address, port, socket));
    return undefined;
  }

  /** The handshake on that connection is over; harmless when it is known. */
  end({ remoteAddress: address, remotePort: port }: TLSSocket): void {
    if (address !== undefined) this.#remove(address, port);
  }

  destroyAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  #remove(address: string, port: number | undefined, only?: Socket): void {
    const key = keyOf(address, port);
    const socket = this.#sockets.get(key);
    if (socket === undefined || (only !== undefined && socket !== only)) return;
    this.#sockets.delete(key);
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
  }
}

function keyOf(address: string, port: number | undefined): string {
  return `${address} ${port ?? ''}`;
}
