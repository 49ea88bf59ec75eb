import { isIPv4 } from 'node:net';
import type { Decide } from '../access/index.ts';
import type { Account } from '../accounting/index.ts';
import type { ClientConfig, UdpListenConfig } from '../config/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Random } from '../lib/random.ts';
import { AccountingExchange } from './accounting-exchange.ts';
import { Code } from '../radius/index.ts';
import { createClientTable } from './clients.ts';
import { Exchange, type DumpPacket } from './exchange.ts';
import { createUdpListener, type ListenerDeps } from './listener-udp.ts';
import type { BoundAddress, Listener, Receive } from './listener.ts';

/** What a server is built on. */
export interface ServerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly decide: Decide;
  /** What is done with accounting; without it, none is taken. */
  readonly account?: Account;
  /** For the log at `trace`: a packet as text, hidden values masked. */
  readonly dumpPacket: DumpPacket;
}

/** Where a server listens, whom it answers, and its bounds. */
export interface ServerOptions {
  /** At least one. */
  readonly listen: readonly UdpListenConfig[];
  readonly clients: readonly ClientConfig[];
  /** Requests worked on at the same time; over that, new ones get silence. 20,000 by default. */
  readonly maxInFlight?: number;
  /** How long `stop` waits for requests being worked on; 10 by default. */
  readonly drainSeconds?: number;
}

/** The RADIUS server: its listeners and the exchange behind them. */
export interface Server {
  /** Binds every listener, in the order of the configuration. Throws `ServerError`, with none left open. */
  start(): Promise<readonly BoundAddress[]>;
  /** Takes no new requests, waits for those being worked on (bounded), then closes. */
  stop(): Promise<void>;
  /** Puts other clients in place (reload). */
  replaceClients(clients: readonly ClientConfig[]): void;
  /** Whether every listener is bound and requests are taken. */
  isListening(): boolean;
}

const MAX_IN_FLIGHT = 20_000;
const DRAIN_SECONDS = 10;

// At an ordinary 150 octets a reply about 30 MB; a server that answers more than 6,500 a second keeps them a little shorter.
const MAX_ANSWERED = 65_536;

/** What listens, by protocol. */
const listenerKinds = {
  udp: (deps: ListenerDeps, config: UdpListenConfig, all: readonly UdpListenConfig[]): Listener =>
    createUdpListener(deps, {
      ...config,
      ipv6Only: all.some((other) => isIPv4(other.address) && other.port === config.port),
    }),
} as const;

/** A server that is not bound yet. */
export function createServer(deps: ServerDeps, options: ServerOptions): Server {
  const clients = createClientTable(options.clients);
  const bounds = {
    maxInFlight: options.maxInFlight ?? MAX_IN_FLIGHT,
    maxAnswered: MAX_ANSWERED,
  };
  const exchange = new Exchange({ ...deps, clients }, bounds);
  const { logger, metrics, account = unwanted } = deps;
  const accounting = new AccountingExchange({ ...deps, clients, account }, bounds);
  const listeners = options.listen.map((config) => {
    const receive = receiverOf(config, exchange.receive, accounting.receive);
    return listenerKinds[config.protocol]({ logger, metrics, receive }, config, options.listen);
  });
  let isListening = false;
  return {
    async start() {
      const bound: BoundAddress[] = [];
      try {
        for (const listener of listeners) bound.push(await listener.start());
      } catch (error) {
        await Promise.all(listeners.map((listener) => listener.stop()));
        throw error;
      }
      isListening = true;
      return bound;
    },
    async stop() {
      isListening = false;
      accounting.stop();
      await exchange.stop(options.drainSeconds ?? DRAIN_SECONDS);
      await Promise.all(listeners.map((listener) => listener.stop()));
    },
    replaceClients(next) {
      clients.replaceClients(next);
      exchange.keepOnly(new Set(next.map(({ name }) => name)));
    },
    isListening: () => isListening,
  };
}

const unwanted: Account = () => Promise.resolve('unwanted');

// Where both are served, the code of a packet decides; Status-Server is answered as for logins then.
function receiverOf({ serves = ['access'] }: UdpListenConfig, access: Receive, accounting: Receive): Receive {
  if (!serves.includes('accounting')) return access;
  if (!serves.includes('access')) return accounting;
  return (datagram, peer, listener) => {
    const receive = datagram[0] === Code.accountingRequest ? accounting : access;
    receive(datagram, peer, listener);
  };
}
