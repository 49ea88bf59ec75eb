import type { TLSSocket } from 'node:tls';
import type { HomeServerConfig } from '../../config/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import type { RadiusVersion } from '../../lib/tls-rules.ts';
import { createWriteTogether } from '../../lib/write-together.ts';
import {
  isTooLong,
  PacketStream,
  RadiusError,
  replyFrom11,
  requestTo11,
  tokenOf,
  type SaltedVendorTypes,
  type SharedKey,
} from '../../radius/index.ts';
import type { Exchange } from './exchange.ts';
import { KeepAlive } from './keep-alive.ts';
import { HomeServerSocket, type SocketOwner } from './socket.ts';
import { connectInTls } from './tls-connect.ts';

/** All identifiers in use, each by a packet of the greatest length, and room to spare: a server that reads nothing. */
const MAX_UNSENT_OCTETS = 2 * 1024 * 1024;
const TOKEN_OCTETS = 4;

export interface TlsSocketDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly owner: SocketOwner<Exchange>;
  readonly key: SharedKey;
  readonly saltedTypes: SaltedVendorTypes;
  readonly nasIdentifier: Buffer;
  /** Until it is connected. */
  readonly timeoutMs: number;
  /** Whether a quiet connection is asked by Status-Server. */
  readonly keepsAlive: boolean;
}

/** One TLS connection to one home server (RFC 6614): packets reach it in order, or the connection ends. */
export class TlsSocket extends HomeServerSocket<Exchange> {
  readonly isReliable = true;
  readonly #socket: TLSSocket;
  readonly #version: RadiusVersion;
  readonly #deps: TlsSocketDeps;
  readonly #stream = new PacketStream();
  readonly #keepAlive: KeepAlive | undefined;
  readonly #tokens: (Buffer | undefined)[] = new Array<Buffer | undefined>(256).fill(undefined);
  readonly #ended: Promise<void>;
  #sentCount = 0;
  // One TLS record for all that goes out in one turn.
  readonly #writeTogether: () => void;

  private constructor(socket: TLSSocket, version: RadiusVersion, deps: TlsSocketDeps) {
    super(deps.owner);
    this.#socket = socket;
    this.#writeTogether = createWriteTogether(socket);
    this.#version = version;
    this.#deps = deps;
    this.#keepAlive = deps.keepsAlive
      ? new KeepAlive(this, { ...deps, isDead: () => this.#socket.destroy() })
      : undefined;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    this.#ended = new Promise((resolve) => {
      socket.once('close', () => {
        this.#keepAlive?.stop();
        this.owner.lost(this);
        resolve();
      });
    });
  }

  /** A connection, once both sides have proved who they are. Rejects as `connectInTls` does. */
  static async open(server: HomeServerConfig, deps: TlsSocketDeps): Promise<TlsSocket> {
    const { socket, version } = await connectInTls(server, deps);
    return new TlsSocket(socket, version, deps);
  }

  send(datagram: Buffer): void {
    if (this.#socket.destroyed) return;
    if (this.#socket.writableLength > MAX_UNSENT_OCTETS) {
      this.#socket.destroy();
      return;
    }
    this.#writeTogether();
    this.#socket.write(this.#version === '1.1' ? this.#toRadius11(datagram) : datagram);
  }

  close(): Promise<void> {
    this.#socket.destroySoon();
    return this.#ended;
  }

  // RFC 6613 §2.6.4: what cannot be cut into packets ends the connection.
  #take(chunk: Buffer): void {
    try {
      for (const octets of this.#stream.push(chunk)) {
        this.#keepAlive?.heard();
        this.hasAnswered = true;
        if (this.#version === '1.1') this.#take11(octets);
        else this.deliver(octets);
      }
    } catch (error) {
      if (!(error instanceof RadiusError)) throw error;
      this.#socket.destroy();
    }
  }

  #toRadius11(datagram: Buffer): Buffer {
    const identifier = datagram[1] ?? 0;
    this.#sentCount = (this.#sentCount + 1) & 0xffffff;
    const token = Buffer.allocUnsafe(TOKEN_OCTETS);
    token.writeUInt32BE(this.#sentCount * 256 + identifier);
    this.#tokens[identifier] = token;
    return requestTo11(datagram, token, this.#deps.key);
  }

  #take11(octets: Buffer): void {
    const token = tokenOf(octets);
    const identifier = token[TOKEN_OCTETS - 1] ?? 0;
    const occupant = this.occupantOf(identifier);
    if (occupant === undefined || this.#tokens[identifier]?.equals(token) !== true) {
      this.owner.ignored('unexpected');
      return;
    }
    const reply = this.#fromRadius11(octets, { identifier, authenticator: occupant.authenticator });
    if (reply === undefined) this.owner.ignored('malformed');
    else this.owner.received(occupant, reply);
  }

  // One login's reply that RADIUS/1.0 has no room for is no reason to end the connection of all.
  #fromRadius11(octets: Buffer, request: { identifier: number; authenticator: Buffer }): Buffer | undefined {
    try {
      return replyFrom11(octets, request, this.#deps);
    } catch (error) {
      if (!isTooLong(error)) throw error;
      return undefined;
    }
  }
}
