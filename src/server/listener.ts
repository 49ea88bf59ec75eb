import type { RadiusClient } from './clients.ts';
import type { DropReason } from './drop.ts';

/** Where a datagram came from, as the socket gives it. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  /** Set where it came by a connection: nothing is looked up by address then. */
  readonly link?: Link | undefined;
}

/** A connection whose other end has proved who it is. */
export interface Link {
  /** Of no other connection of this process, closed ones included. */
  readonly name: string;
  /** Whom the handshake has proved; after a reload it may be that client's new settings. */
  readonly client: RadiusClient;
}

/** Where a listener ended up. */
export interface BoundAddress {
  readonly protocol: 'udp' | 'radsec';
  readonly address: string;
  readonly port: number;
}

/** What a listener hands its datagrams to; gives why one is dropped at once. It must not throw. */
export type Receive = (datagram: Buffer, peer: Peer, listener: Sender) => DropReason | undefined;

/** The way back to a peer. */
export interface Sender {
  /** Sends one datagram; a failure is counted and never thrown, also after `stop`. */
  send(datagram: Buffer, peer: Peer): void;
}

/** A place where requests come in: one implementation for each protocol under `server.listen`. */
export interface Listener extends Sender {
  /** Binds, then hands on what comes in. Throws `ServerError` when the address cannot be bound. */
  start(): Promise<BoundAddress>;
  /** Closes; nothing is handed on afterwards. Harmless when not started. */
  stop(): Promise<void>;
  /** Clients, or files that it has read, may be others now. */
  refresh(): void;
}
