import { constants } from 'node:crypto';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { RadsecListenConfig } from '../config/index.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Counter } from '../lib/metrics.ts';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import { agreedVersion, alpnNames, tlsRules } from '../lib/tls-rules.ts';
import type { SaltedVendorTypes } from '../radius/index.ts';
import { bindError, codeOf } from './bind-error.ts';
import type { ClientTable, RadiusClient } from './clients.ts';
import { DropLog } from './drop-log.ts';
import { firstOctets } from './first-octets.ts';
import { handshakeCauses, handshakeFailure, type HandshakeFailure } from './handshake-failure.ts';
import { Handshakes } from './handshakes.ts';
import { listening } from './listening.ts';
import type { ListenerDeps } from './listener-udp.ts';
import type { BoundAddress, Listener } from './listener.ts';
import { QuietLog } from './quiet-log.ts';
import { RadsecConnection, type CloseReason, type RadsecConnectionDeps } from './radsec-connection.ts';
import { ServerCertificate } from './server-certificate.ts';
import { describeCertificate, type TlsProof } from './tls-clients.ts';

export interface RadsecListenerDeps extends ListenerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly clients: ClientTable;
  readonly saltedTypes: SaltedVendorTypes;
}

export interface RadsecListenerOptions extends RadsecListenConfig {
  /** For an IPv6 address: leave IPv4 to another listener on the same port. */
  readonly ipv6Only: boolean;
}

const KEEP_ALIVE_MS = 60_000;
const SWEEPS_PER_IDLE = 10;
const TAIL_OCTETS = 12;

/** A listener for RADIUS in TLS (RFC 6614) over TCP (RFC 6613), over IPv4 or IPv6. */
export function createRadsecListener(deps: RadsecListenerDeps, options: RadsecListenerOptions): Listener {
  return new RadsecListener(deps, options);
}

// Connections are told apart in the memory for duplicates, also after they are closed.
let connectionCount = 0;

class RadsecListener implements Listener {
  readonly #deps: RadsecListenerDeps;
  readonly #options: RadsecListenerOptions;
  readonly #certificate: ServerCertificate;
  readonly #log: QuietLog;
  readonly #connections = new Set<RadsecConnection>();
  readonly #handshakes: Handshakes;
  readonly #identities = new WeakMap<TLSSocket, { readonly identity: string; readonly key: Secret }>();
  readonly #failures: Counter;
  readonly #closes: Counter;
  readonly #sendErrors: Counter;
  readonly #shared: RadsecConnectionDeps;
  #tcp: TcpServer | undefined;
  #tls: TlsServer | undefined;
  #sweep: Timer | undefined;

  constructor(deps: RadsecListenerDeps, options: RadsecListenerOptions) {
    const { metrics } = deps;
    this.#deps = deps;
    this.#options = options;
    this.#log = new QuietLog(deps);
    this.#certificate = new ServerCertificate(options.files, deps);
    this.#handshakes = new Handshakes();
    this.#failures = metrics.counter('radsec_handshake_failures_total', 'TLS connections of which nobody came', [
      'reason',
    ]);
    this.#closes = metrics.counter('radsec_closed_total', 'RadSec connections that ended, by reason', ['reason']);
    this.#sendErrors = metrics.counter('send_errors_total', 'Replies that could not be sent', ['error']);
    const drops = new DropLog(deps);
    this.#shared = {
      receive: deps.receive,
      dropped: ({ peer, client }, reason) => drops.drop(reason, peer, client.config.name),
      nowMs: () => deps.clock.monotonicMs(),
      sendFailed: (error) => this.#sendErrors.add({ error }),
      closed: (closed, reason) => this.#closed(closed, reason),
    };
    metrics.gauge('radsec_connections', 'RadSec connections that are open', () => this.#connections.size);
  }

  async start(): Promise<BoundAddress> {
    const { address, port, ipv6Only } = this.#options;
    const tcp = createTcpServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    try {
      this.#tls = this.#createTls();
      await listening(tcp, { host: address, port, ipv6Only, exclusive: true });
    } catch (cause) {
      throw bindError('radsec', this.#options, cause);
    }
    this.#tcp = tcp;
    tcp.on('connection', (socket) => this.#accept(socket));
    tcp.on('error', (error) => this.#deps.logger.warn({ error }, 'the socket reports an error; it stays open'));
    this.#armSweep();
    const bound = tcp.address() as AddressInfo;
    return { protocol: 'radsec', address: bound.address, port: bound.port };
  }

  async stop(): Promise<void> {
    const tcp = this.#tcp;
    this.#tcp = undefined;
    this.#sweep?.cancel();
    if (tcp === undefined) return;
    const closed = new Promise<void>((resolve) => tcp.close(() => resolve()));
    this.#handshakes.destroyAll();
    for (const connection of this.#connections) connection.end();
    const timer = this.#deps.clock.setTimer(GOOD_BYE_MS, () => {
      for (const connection of this.#connections) connection.close('stopping');
    });
    await closed;
    timer.cancel();
  }

  // Each connection sends for itself: what comes here has none.
  send(): void {
    this.#sendErrors.add({ error: 'connection-closed' });
  }

  refresh(): void {
    this.#renewCertificate();
    for (const connection of this.#connections) {
      // Asked anew of its socket: a copy of each certificate would take more memory than the rest of a connection.
      const proof = this.#proofOf(connection.socket);
      const client =
        typeof proof === 'string' ? undefined : this.#deps.clients.findInTls(proof, connection.peer.address);
      if (client === undefined) connection.close('client-changed');
      else connection.client = client;
    }
  }

  #createTls(): TlsServer {
    const { radiusVersions, handshakeSeconds } = this.#options;
    const tls = createTlsServer({
      ...this.#certificate.context(),
      ...contextRules,
      ALPNProtocols: alpnNames(radiusVersions),
      requestCert: true,
      // To Node whoever holds a key shared in advance is unauthorized, too: `#proofOf` decides.
      rejectUnauthorized: false,
      handshakeTimeout: handshakeSeconds * 1000,
      pskCallback: (socket, identity) => this.#pskOf(socket, identity),
    });
    tls.on('secureConnection', (socket) => this.#welcome(socket));
    tls.on('tlsClientError', (error, socket) => this.#handshakeFailed(socket, error));
    return tls;
  }

  #accept(socket: Socket): void {
    const { remoteAddress: address = '' } = socket;
    const isFull = this.#connections.size + this.#handshakes.count >= this.#options.maxConnections;
    const refusal = isFull ? 'too-many-connections' : this.#handshakes.begin(socket);
    if (this.#tcp === undefined || refusal !== undefined || address === '') {
      if (refusal !== undefined) this.#fail(refusal, address);
      socket.destroy();
      return;
    }
    const { clock } = this.#deps;
    void firstOctets(socket, { clock, waitMs: this.#options.handshakeSeconds * 1000 }).then((silence) => {
      if (silence === undefined) {
        this.#beginTls(socket);
        return;
      }
      if (this.#tcp !== undefined) this.#fail(silence, address);
      socket.destroy();
    });
  }

  #beginTls(socket: Socket): void {
    this.#renewCertificate();
    this.#tls?.emit('connection', socket);
  }

  #renewCertificate(): void {
    const renewed = this.#certificate.renewed();
    if (renewed !== undefined) this.#tls?.setSecureContext({ ...renewed, ...contextRules });
  }

  #pskOf(socket: TLSSocket, identity: string): Buffer | null {
    const key = this.#deps.clients.pskOf(identity);
    if (key === undefined) return null;
    this.#identities.set(socket, { identity, key });
    return key.reveal();
  }

  #handshakeFailed(socket: TLSSocket, error: Error): void {
    this.#handshakes.end(socket);
    const code = codeOf(error);
    this.#fail(handshakeFailure(code), socket.remoteAddress ?? 'unknown', { code });
    socket.destroy();
  }

  #welcome(socket: TLSSocket): void {
    this.#handshakes.end(socket);
    const { remoteAddress: address, remotePort: port } = socket;
    if (address === undefined || port === undefined || this.#tcp === undefined) {
      socket.destroy();
      return;
    }
    const proof = this.#proofOf(socket);
    const client = typeof proof === 'string' ? undefined : this.#deps.clients.findInTls(proof, address);
    const version = agreedVersion(socket.alpnProtocol, socket.getProtocol(), this.#options.radiusVersions);
    if (typeof proof === 'string') this.#refuse(socket, address, proof);
    else if (client === undefined) this.#refuse(socket, address, 'unknown-client');
    else if (version === undefined) this.#refuse(socket, address, 'alpn-mismatch');
    else if (this.#isFullFor(client)) this.#refuse(socket, address, 'too-many-connections');
    else this.#open(socket, { client, version, address, port });
  }

  #open(socket: TLSSocket, found: Pick<ConnectionParts, 'client' | 'version' | 'address' | 'port'>): void {
    const { random, saltedTypes, logger } = this.#deps;
    connectionCount += 1;
    const name = String(connectionCount);
    const tail = found.version === '1.1' ? { tail: random.octets(TAIL_OCTETS) } : {};
    const connection = new RadsecConnection(socket, { ...found, name, ...tail, saltedTypes }, this.#shared);
    this.#connections.add(connection);
    if (!logger.isLevelEnabled('debug')) return;
    const { address, port, version } = found;
    const fields = { client: found.client.config.name, address, port, connection: name, version };
    logger.debug({ ...fields, tls: socket.getProtocol() }, 'a client has connected');
  }

  // A certificate counts where Node has seen it through. Without one, a key shared in advance must have been used: by
  // the cipher in TLS 1.2; in TLS 1.3 it is a session that goes on (RFC 8446 §2.2), and there are no others here.
  #proofOf(socket: TLSSocket): TlsProof | HandshakeFailure {
    const certificate = socket.getPeerX509Certificate();
    if (certificate !== undefined) {
      if (socket.authorized) return { kind: 'certificate', der: certificate.raw };
      return handshakeFailure(String(socket.authorizationError));
    }
    const psk = this.#identities.get(socket);
    const isUsed =
      socket.getProtocol() === 'TLSv1.3' ? socket.isSessionReused() : /PSK/.test(socket.getCipher().standardName);
    return psk === undefined || !isUsed ? 'no-certificate' : { kind: 'psk', ...psk };
  }

  #refuse(socket: TLSSocket, address: string, reason: HandshakeFailure): void {
    this.#fail(reason, address, namesOf(socket));
    socket.on('error', () => undefined);
    socket.destroy();
  }

  #fail(reason: HandshakeFailure, address: string, more: object = {}): void {
    this.#failures.add({ reason });
    const fields = { reason, address, ...more };
    this.#log.warn(`${reason} ${address}`, fields, `refused a RadSec connection: ${handshakeCauses[reason]}`);
  }

  #closed(connection: RadsecConnection, reason: CloseReason): void {
    const { peer, client } = connection;
    this.#connections.delete(connection);
    this.#closes.add({ reason });
    const fields = { client: client.config.name, address: peer.address, port: peer.port, reason };
    if (reason === 'garbage' || reason === 'not-reading') {
      this.#log.warn(`${reason} ${peer.address}`, fields, closeCauses[reason]);
    } else this.#deps.logger.debug(fields, 'a connection has ended');
  }

  #isFullFor({ config: { name } }: RadiusClient): boolean {
    let count = 0;
    for (const { client } of this.#connections) if (client.config.name === name) count += 1;
    return count >= this.#options.maxConnectionsPerClient;
  }

  #armSweep(): void {
    const idleMs = this.#options.idleSeconds * 1000;
    this.#sweep = this.#deps.clock.setTimer(idleMs / SWEEPS_PER_IDLE, () => {
      const nowMs = this.#deps.clock.monotonicMs();
      for (const connection of this.#connections) {
        if (nowMs - connection.activeMs >= idleMs) connection.close('idle');
      }
      this.#armSweep();
    });
  }
}

// A session that is taken up again would skip the look at the certificate.
const contextRules = { ...tlsRules, secureOptions: constants.SSL_OP_NO_TICKET } as const;

type ConnectionParts = ConstructorParameters<typeof RadsecConnection>[1];

const GOOD_BYE_MS = 500;

const closeCauses = {
  garbage: 'closed a RadSec connection: what came was no RADIUS packet, or not signed by its secret',
  'not-reading': 'closed a RadSec connection: the client does not read its replies',
} as const;

function namesOf(socket: TLSSocket): object {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? {} : describeCertificate(certificate.raw);
}
