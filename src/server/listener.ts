/** Where a datagram came from, as the socket gives it. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** Where a listener ended up. */
export interface BoundAddress {
  readonly protocol: 'udp';
  readonly address: string;
  readonly port: number;
}

/** What a listener hands its datagrams to. It must not throw. */
export type Receive = (datagram: Buffer, peer: Peer, listener: Sender) => void;

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
}
