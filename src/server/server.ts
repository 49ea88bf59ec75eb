import { isIPv4 } from 'node:net';
import type { Decide } from '../access/index.ts';
import type { Account } from '../accounting/index.ts';
import type { ClientConfig, ListenConfig } from '../config/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Random } from '../lib/random.ts';
import { AccountingExchange } from './accounting-exchange.ts';
import { Code, microsoftSaltedTypes, type SaltedVendorTypes } from '../radius/index.ts';
import { createClientTable } from './clients.ts';
import { Exchange, type DumpPacket } from './exchange.ts';
import { createRadsecListener, type RadsecListenerDeps } from './listener-radsec.ts';
import { createUdpListener } from './listener-udp.ts';
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
  /** Vendor attributes of replies that are salted. Default: Microsoft's MPPE keys. */
  readonly saltedTypes?: SaltedVendorTypes;
}

/** Where a server listens, whom it answers, and its bounds. */
export interface ServerOptions {
  /** At least one. */
  readonly listen: readonly ListenConfig[];
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
  /** Puts other clients in place, and reads certificate files again that have changed (reload). */
  replaceClients(clients: readonly ClientConfig[]): void;
  /** Whether every listener is bound and requests are taken. */
  isListening(): boolean;
}

const MAX_IN_FLIGHT = 20_000;
const DRAIN_SECONDS = 10;

// At an ordinary 150 octets a reply about 30 MB; a server that answers more than 6,500 a second keeps them a little shorter.
const MAX_ANSWERED = 65_536;

/** What listens, by protocol. */
const listenerKinds: {
  readonly [Protocol in ListenConfig['protocol']]: (
    deps: RadsecListenerDeps,
    options: Extract<ListenConfig, { protocol: Protocol }> & { readonly ipv6Only: boolean },
  ) => Listener;
} = { udp: createUdpListener, radsec: createRadsecListener };

function createListener(config: ListenConfig, all: readonly ListenConfig[], deps: RadsecListenerDeps): Listener {
  const { protocol, port } = config;
  const ipv6Only = all.some((other) => isIPv4(other.address) && other.port === port && other.protocol === protocol);
  const create = listenerKinds[protocol] as (deps: RadsecListenerDeps, options: object) => Listener;
  return create(deps, { ...config, ipv6Only });
}

/** A server that is not bound yet. */
export function createServer(deps: ServerDeps, options: ServerOptions): Server {
  const clients = createClientTable(options.clients);
  const bounds = {
    maxInFlight: options.maxInFlight ?? MAX_IN_FLIGHT,
    maxAnswered: MAX_ANSWERED,
  };
  const exchange = new Exchange({ ...deps, clients }, bounds);
  const accounting = new AccountingExchange({ ...deps, clients, account: deps.account ?? unwanted }, bounds);
  const saltedTypes = deps.saltedTypes ?? microsoftSaltedTypes;
  const listeners = options.listen.map((config) => {
    const receive = receiverOf(config, exchange.receive, accounting.receive);
    return createListener(config, options.listen, { ...deps, clients, saltedTypes, receive });
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
      for (const listener of listeners) listener.refresh();
    },
    isListening: () => isListening,
  };
}

// RFC 6614 §2.1: one port for all of them; whose accounting is wanted, the client says.
const servedUnasked = { udp: ['access'], radsec: ['access', 'accounting'] } as const;

const unwanted: Account = () => Promise.resolve('unwanted');

// Where both are served, the code of a packet decides; Status-Server is answered as for logins then.
function receiverOf(config: ListenConfig, access: Receive, accounting: Receive): Receive {
  const serves = config.serves ?? servedUnasked[config.protocol];
  if (!serves.includes('accounting')) return access;
  if (!serves.includes('access')) return accounting;
  return (datagram, peer, listener) => {
    const receive = datagram[0] === Code.accountingRequest ? accounting : access;
    return receive(datagram, peer, listener);
  };
}
