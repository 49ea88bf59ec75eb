import type { TLSSocket } from 'node:tls';
import {
  isTooLong,
  PacketStream,
  replyTo11,
  requestFrom11,
  RadiusError,
  tokenOf,
  type SaltedVendorTypes,
} from '../radius/index.ts';
import type { RadiusVersion } from '../lib/tls-rules.ts';
import { createWriteTogether } from '../lib/write-together.ts';
import type { RadiusClient } from './clients.ts';
import type { DropReason } from './drop.ts';
import type { Link, Peer, Receive, Sender } from './listener.ts';

/** Why a connection ended. */
export type CloseReason =
  | 'peer' // the other end closed it
  | 'idle'
  | 'garbage' // no packets, or packets that RFC 6613 §2.6.4 closes a connection for
  | 'not-reading' // too many replies wait for a peer that takes none
  | 'client-changed' // a reload: its certificate or key is no client's any more
  | 'stopping'
  | 'error';

export interface RadsecConnectionOptions {
  /** Of no other connection of this process. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly client: RadiusClient;
  readonly version: RadiusVersion;
  /** Random octets of this connection alone: they complete the authenticators of RADIUS/1.1 requests. Not needed for 1.0. */
  readonly tail?: Buffer;
  readonly saltedTypes: SaltedVendorTypes;
}

/** What all connections of a listener share: a thousand idle ones are to take little memory. */
export interface RadsecConnectionDeps {
  readonly receive: Receive;
  /** Present monotonic milliseconds. */
  readonly nowMs: () => number;
  /** A request got silence before anybody was asked to receive it. */
  readonly dropped: (connection: RadsecConnection, reason: DropReason) => void;
  /** A reply could not be sent. */
  readonly sendFailed: (error: string) => void;
  /** Called once. */
  readonly closed: (connection: RadsecConnection, reason: CloseReason) => void;
}

/** Replies that may wait for a peer to read: some hundred; the kernel holds as much again. */
const MAX_UNSENT_OCTETS = 256 * 1024;

const NO_TAIL = Buffer.alloc(0);

/** RFC 6613 §2.6.4: the other end speaks no RADIUS, or without the secret that it was given. */
const closing: ReadonlySet<DropReason> = new Set<DropReason>([
  'malformed',
  'message-authenticator-wrong',
  'message-authenticator-repeated',
  'accounting-authenticator-wrong',
]);

/** One TLS connection of a client: cuts its octets into requests, and sends the replies back by the same way. */
export class RadsecConnection implements Sender {
  readonly socket: TLSSocket;
  readonly peer: Peer;
  /** When its last whole request came, or it was opened. */
  activeMs: number;
  readonly #options: RadsecConnectionOptions;
  readonly #deps: RadsecConnectionDeps;
  readonly #link: { readonly name: string; client: RadiusClient };
  readonly #stream = new PacketStream();
  #reason: CloseReason = 'peer';
  #isOpen = true;
  // One TLS record for all that goes out in one turn.
  readonly #writeTogether: () => void;

  constructor(socket: TLSSocket, options: RadsecConnectionOptions, deps: RadsecConnectionDeps) {
    const { name, client, address, port } = options;
    this.socket = socket;
    this.#writeTogether = createWriteTogether(socket);
    this.#options = options;
    this.#deps = deps;
    this.#link = { name, client };
    this.peer = { address, port, link: this.#link satisfies Link };
    this.activeMs = deps.nowMs();
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => socket.destroySoon());
    socket.on('error', () => this.close('error'));
    socket.on('close', () => this.#closed());
  }

  get client(): RadiusClient {
    return this.#link.client;
  }

  /** Its client has new settings. */
  set client(client: RadiusClient) {
    this.#link.client = client;
  }

  send(datagram: Buffer): void {
    if (!this.#isOpen || !this.socket.writable) {
      this.#deps.sendFailed('connection-closed');
      return;
    }
    if (this.socket.writableLength > MAX_UNSENT_OCTETS) {
      this.#deps.sendFailed('not-reading');
      this.close('not-reading');
      return;
    }
    this.#writeTogether();
    this.socket.write(datagram);
  }

  /** Ends it at once; replies that wait are lost. Harmless when it is closed. */
  close(reason: CloseReason): void {
    if (!this.#isOpen) return;
    this.#reason = reason;
    this.#isOpen = false;
    this.socket.destroy();
  }

  /** Says good-bye, after the replies that wait. */
  end(): void {
    this.#reason = 'stopping';
    this.socket.destroySoon();
  }

  #take(chunk: Buffer): void {
    if (!this.#isOpen) return;
    try {
      for (const octets of this.#stream.push(chunk)) {
        this.activeMs = this.#deps.nowMs();
        const objection = this.#options.version === '1.1' ? this.#take11(octets) : this.#take10(octets);
        if (objection !== undefined && closing.has(objection)) this.close('garbage');
        if (this.socket.destroyed) return;
      }
    } catch (error) {
      if (!(error instanceof RadiusError)) throw error;
      this.close('garbage');
    }
  }

  #take10(octets: Buffer): DropReason | undefined {
    return this.#deps.receive(octets, this.peer, this);
  }

  // The reply has to be turned back with what its request brought, so that each request has a sender of its own.
  #take11(octets: Buffer): DropReason | undefined {
    const { tail = NO_TAIL, saltedTypes } = this.#options;
    const { key } = this.client;
    const datagram = this.#requestFrom11(octets, tail);
    if (datagram === undefined) return undefined;
    const request = { token: Buffer.from(tokenOf(octets)), authenticator: datagram.subarray(4, 20) };
    const send = (reply: Buffer): void => this.send(replyTo11(reply, request, { key, saltedTypes }));
    return this.#deps.receive(datagram, this.peer, { send });
  }

  // How long it is may be up to the user, by EAP, and the connection is everybody's.
  #requestFrom11(octets: Buffer, tail: Buffer): Buffer | undefined {
    try {
      return requestFrom11(octets, tail, this.client.key);
    } catch (error) {
      if (!isTooLong(error)) throw error;
      this.#deps.dropped(this, 'too-long');
      return undefined;
    }
  }

  #closed(): void {
    this.#isOpen = false;
    this.#deps.closed(this, this.#reason);
  }
}
