import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** Of one address: a site of many NAS behind one address that all start at once must get through. */
const MAX_PER_ADDRESS = 64;
const MAX_IN_ALL = 1024;

interface Handshake {
  readonly socket: Socket;
  readonly address: string;
  readonly key: string;
}

/** TLS handshakes that are under way: how many strangers may keep open. */
export class Handshakes {
  readonly #underWay = new Set<Handshake>();
  readonly #byKey = new Map<string, Handshake>();
  readonly #perAddress = new Map<string, number>();

  get count(): number {
    return this.#underWay.size;
  }

  /** Begins one, until `end` or the socket closes; a reason where there are too many. */
  begin(socket: Socket): 'too-many-handshakes' | undefined {
    const { remoteAddress: address } = socket;
    if (address === undefined) return undefined;
    const present = this.#perAddress.get(address) ?? 0;
    if (present >= MAX_PER_ADDRESS || this.count >= MAX_IN_ALL) return 'too-many-handshakes';
    const handshake = { socket, address, key: keyOf(socket) };
    this.#perAddress.set(address, present + 1);
    this.#underWay.add(handshake);
    this.#byKey.set(handshake.key, handshake);
    socket.once('close', () => this.#remove(handshake));
    return undefined;
  }

  /** The handshake on that connection is over; harmless when it is known. */
  end(socket: TLSSocket): void {
    const handshake = this.#byKey.get(keyOf(socket));
    if (handshake !== undefined) this.#remove(handshake);
  }

  destroyAll(): void {
    for (const { socket } of this.#underWay) socket.destroy();
  }

  // Each is counted off once, whoever has its key by then: what is left over would shut its address out for ever.
  #remove(handshake: Handshake): void {
    if (!this.#underWay.delete(handshake)) return;
    const { address, key } = handshake;
    if (this.#byKey.get(key) === handshake) this.#byKey.delete(key);
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
  }
}

// One port of a peer may lead to several addresses of ours.
function keyOf({ remoteAddress = '', remotePort = 0, localAddress = '' }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
