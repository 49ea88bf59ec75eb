import { isIPv6 } from 'node:net';
import type { SocketOptions } from 'node:dgram';
import { DgramAsPromised, type SocketAsPromised } from 'dgram-as-promised';
import type { UdpListenConfig } from '../config/index.ts';
import type { Logger } from '../lib/logger.ts';
import type { Counter, Metrics } from '../lib/metrics.ts';
import { bindError, codeOf } from './bind-error.ts';
import type { BoundAddress, Listener, Peer, Receive } from './listener.ts';

export interface ListenerDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly receive: Receive;
}

export interface UdpListenerOptions extends UdpListenConfig {
  /** For an IPv6 address: leave IPv4 to another listener on the same port. */
  readonly ipv6Only: boolean;
}

// Room for the datagrams of a burst while the event loop is busy; the kernel grants what net.core.rmem_max allows.
const RECEIVE_BUFFER_OCTETS = 4 * 1024 * 1024;

/** A listener on UDP (RFC 2865 §2.4), over IPv4 or IPv6. */
export function createUdpListener(deps: ListenerDeps, options: UdpListenerOptions): Listener {
  return new UdpListener(deps, options);
}

class UdpListener implements Listener {
  readonly #deps: ListenerDeps;
  readonly #options: UdpListenerOptions;
  readonly #sendErrors: Counter;
  #socket: SocketAsPromised | undefined;

  constructor(deps: ListenerDeps, options: UdpListenerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#sendErrors = deps.metrics.counter('send_errors_total', 'Replies that could not be sent', ['error']);
  }

  async start(): Promise<BoundAddress> {
    const { address, port } = this.#options;
    const socket = DgramAsPromised.createSocket(this.#socketOptions());
    try {
      const bound = await socket.bind({ address, port, exclusive: true });
      this.#socket = socket;
      socket.socket.on('error', this.#onError);
      socket.socket.on('message', this.#onMessage);
      this.#logBuffer(socket, bound.port);
      return { protocol: 'udp', address: bound.address, port: bound.port };
    } catch (cause) {
      await socket.close().catch(() => undefined);
      throw bindError('udp', this.#options, cause);
    }
  }

  async stop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    await socket?.close();
  }

  refresh(): void {
    // It holds nothing of them.
  }

  send(datagram: Buffer, peer: Peer): void {
    try {
      this.#socket?.socket.send(datagram, peer.port, peer.address, this.#onSent);
    } catch (error) {
      this.#onSent(error as Error);
    }
  }

  readonly #onMessage = (datagram: Buffer, peer: Peer): void => {
    if (this.#socket !== undefined) this.#deps.receive(datagram, peer, this);
  };

  // One function for all sends: the reply is gone either way, the client will ask again.
  readonly #onSent = (error: Error | null): void => {
    if (error === null) return;
    this.#sendErrors.add({ error: codeOf(error) });
    this.#deps.logger.debug({ error }, 'a reply could not be sent');
  };

  readonly #onError = (error: Error): void => {
    this.#sendErrors.add({ error: codeOf(error) });
    this.#deps.logger.warn({ error, listen: this.#options }, 'the socket reports an error; it stays open');
  };

  #socketOptions(): SocketOptions {
    const type = isIPv6(this.#options.address) ? 'udp6' : 'udp4';
    return {
      type,
      ipv6Only: type === 'udp6' && this.#options.ipv6Only,
      recvBufferSize: RECEIVE_BUFFER_OCTETS,
      // Peers are addresses already: without this every send would wait for the resolver.
      lookup: (address, _options, callback) => callback(null, address, type === 'udp6' ? 6 : 4),
    };
  }

  #logBuffer(socket: SocketAsPromised, port: number): void {
    const granted = socket.getRecvBufferSize();
    this.#deps.logger.debug(
      { port, wantedOctets: RECEIVE_BUFFER_OCTETS, grantedOctets: granted },
      'receive buffer (the kernel limits it by net.core.rmem_max and counts it twice)',
    );
  }
}
