import type { HomeServerConfig } from '../../config/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { hostAndPort } from '../../lib/ip.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Counter } from '../../lib/metrics.ts';
import type { Random } from '../../lib/random.ts';
import { Code, createSharedKey, type SaltedVendorTypes, type SharedKey } from '../../radius/index.ts';
import type { Exchange } from './exchange.ts';
import { HEALTHY, nextHealth, onTrial, type Health, type HealthEvent, type HealthLimits } from './health.ts';
import { checkReply, type CheckReply, type IgnoredReason } from './reply.ts';
import { SocketPool } from './socket-pool.ts';
import type { HomeServerSocket, SocketOwner } from './socket.ts';
import { TlsSocket } from './tls-socket.ts';
import { UdpSocket } from './udp-socket.ts';

/** Errors of a socket whose own address or route is gone: it never recovers, a new one takes the present address. */
const STALE_CODES: ReadonlySet<string> = new Set(['EINVAL', 'EADDRNOTAVAIL', 'ENETUNREACH', 'ENETDOWN']);

/** The longest time between two attempts to open a socket. */
const REOPEN_UDP_MS = 1_000;
const REOPEN_TLS_MS = 10_000;

/** What a stranger or a misconfigured server can cause is logged once in that time. */
const LOG_EVERY_MS = 60_000;

/** How the servers of one primary are dealt with. */
export interface HomeServerOptions {
  readonly primary: string;
  /** Sockets at most. */
  readonly sockets: number;
  readonly limits: HealthLimits;
  /** Of Status-Server. */
  readonly nasIdentifier: Buffer;
  readonly saltedTypes: SaltedVendorTypes;
  /** How long a connection may take to open. */
  readonly timeoutMs: number;
  /** Whether it answers Status-Server. */
  readonly statusServer: boolean;
}

export interface HomeServerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Labels `primary`, `server`, `reason`. */
  readonly ignoredReplies: Counter;
  /** Tells replies from other datagrams. Default: those to logins; to Status-Server these are enough, too. */
  readonly checkReply?: CheckReply;
  /** Its health is of another kind now. */
  readonly stateChanged: (server: HomeServer, nowMs: number) => void;
}

/** One RADIUS server behind us: its key, its identifiers, and what is known of its health. */
export class HomeServer implements SocketOwner<Exchange> {
  /** `address:port`. */
  readonly name: string;
  readonly key: SharedKey;
  readonly pool: SocketPool;
  /** When it last gave an authentic answer to anything. */
  answeredMs = -Infinity;
  health: Health = HEALTHY;
  readonly #config: HomeServerConfig;
  readonly #options: HomeServerOptions;
  readonly #deps: HomeServerDeps;
  #mayLogMs = -Infinity;
  #openingMs = -Infinity;

  constructor(config: HomeServerConfig, options: HomeServerOptions, deps: HomeServerDeps) {
    const { address, port } = config;
    this.name = hostAndPort(address, port);
    this.key = createSharedKey(config.secret);
    this.#config = config;
    this.#options = options;
    this.#deps = deps;
    this.pool = new SocketPool(
      { maxSockets: options.sockets, maxReopenMs: config.tls === undefined ? REOPEN_UDP_MS : REOPEN_TLS_MS },
      { clock: deps.clock, open: () => this.#open(), openFailed: (error) => this.#openFailed(error) },
    );
  }

  get openCount(): number {
    return this.pool.openCount;
  }

  /** Takes note of what was seen of the server. */
  learn(event: HealthEvent, nowMs: number): void {
    const before = this.health;
    this.health = nextHealth(before, event, nowMs, this.#options.limits);
    if (this.health.kind !== before.kind) this.#deps.stateChanged(this, nowMs);
  }

  /** The server is asked by a login; if it is doubtful, that is its trial. */
  beginTrial(nowMs: number): void {
    this.health = onTrial(this.health, nowMs, this.#options.limits);
  }

  received(exchange: Exchange, datagram: Buffer): void {
    const isOwnKind = exchange.isStatus !== true || datagram[0] === Code.accountingResponse;
    const check = (isOwnKind ? this.#deps.checkReply : undefined) ?? checkReply;
    const reply = check(datagram, exchange.authenticator, this.key, this.#config.messageAuthenticator);
    if (typeof reply === 'string') {
      this.ignored(reply);
      return;
    }
    this.answeredMs = this.#deps.clock.monotonicMs();
    exchange.answered(reply, this.answeredMs);
  }

  ignored(reason: IgnoredReason): void {
    this.#deps.ignoredReplies.add({ primary: this.#options.primary, server: this.name, reason });
    const cause = LIKELY_CAUSES[reason];
    if (cause !== undefined) this.#warn({ reason }, `replies of the home server are ignored: ${cause}`);
  }

  failed(socket: HomeServerSocket<Exchange>, error: NodeJS.ErrnoException): void {
    const nowMs = this.#deps.clock.monotonicMs();
    if (STALE_CODES.has(error.code ?? '')) this.pool.replace(socket, nowMs);
    for (const exchange of socket.occupants()) exchange.doubted(nowMs);
  }

  lost(socket: HomeServerSocket<Exchange>): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const open = [...socket.occupants()];
    this.pool.remove(socket, nowMs);
    const fields = { primary: this.#options.primary, homeServer: this.name, open: open.length };
    this.#deps.logger.debug(fields, 'a connection to the home server has ended');
    for (const exchange of open) exchange.lost(nowMs);
  }

  async #open(): Promise<HomeServerSocket<Exchange>> {
    const { address, port, tls } = this.#config;
    this.#openingMs = this.#deps.clock.monotonicMs();
    if (tls === undefined) return UdpSocket.open<Exchange>(address, port, this);
    const { statusServer: keepsAlive } = this.#options;
    const socket = await TlsSocket.open(this.#config, {
      ...this.#options,
      ...this.#deps,
      owner: this,
      key: this.key,
      keepsAlive,
    });
    this.#deps.logger.debug({ primary: this.#options.primary, homeServer: this.name }, 'connected to the home server');
    return socket;
  }

  // Over UDP it is this machine that cannot; a connection that does not come about is a home server that does not answer.
  #openFailed(error: unknown): void {
    if (this.#config.tls === undefined) {
      this.#warn({ err: error }, 'a socket towards the home server cannot be opened');
      return;
    }
    this.#warn({ err: error }, 'no TLS connection to the home server can be opened');
    const nowMs = this.#deps.clock.monotonicMs();
    if (this.pool.isConnected) return;
    this.learn({ kind: 'unanswered', sinceMs: Math.max(this.#openingMs, this.answeredMs) }, nowMs);
  }

  #warn(fields: object, message: string): void {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs < this.#mayLogMs) return;
    this.#mayLogMs = nowMs + LOG_EVERY_MS;
    this.#deps.logger.warn({ primary: this.#options.primary, homeServer: this.name, ...fields }, message);
  }
}

/** What an operator should look at; the other reasons are the business of strangers or of late replies. */
const LIKELY_CAUSES: Readonly<Partial<Record<IgnoredReason, string>>> = {
  'response-authenticator': 'their Response Authenticator is wrong (another shared secret, or late replies)',
  'message-authenticator-missing':
    'they lack Message-Authenticator; update the server, or allow it with messageAuthenticator: when-present',
  'message-authenticator-wrong': 'their Message-Authenticator is wrong',
  'message-authenticator-repeated': 'they have more than one Message-Authenticator',
};
