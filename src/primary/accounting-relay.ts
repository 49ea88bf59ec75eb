import type { AccountingRelay, RelayedRecord } from '../accounting/index.ts';
import type { HomeServerConfig } from '../config/index.ts';
import type { Counter } from '../lib/metrics.ts';
import { microsoftSaltedTypes, RadiusError } from '../radius/index.ts';
import { chooseAlive, chooseServer } from './home-server/choose.ts';
import { Deadlines } from './home-server/deadlines.ts';
import type { HealthLimits } from './home-server/health.ts';
import { HomeServer } from './home-server/home-server.ts';
import { Probe } from './home-server/probe.ts';
import { OpenRecord, type RecordHandler } from './home-server/record.ts';
import { checkAccountingReply } from './home-server/reply.ts';
import { firstWaitMs, nextWaitMs } from './home-server/retransmission.ts';
import { healthLimits, type RadiusPrimaryDeps, type RadiusPrimaryOptions } from './radius.ts';

/** RFC 2866 §3. */
const ACCOUNTING_PORT = 1813;

/** How long a record of a doubted server still waits for its answer. */
const DOUBT_MS = 200;

/**
 * Relays Accounting-Requests to the home servers of a primary, at their accounting ports, or where they take all of RADIUS
 * in TLS (RFC 6614 §2.1): under identifiers and
 * authenticators of its own, repeated (RFC 5080 §2.2.1), then to the next server, whose health is watched apart from
 * that of its logins. A record counts as answered by an authentic Accounting-Response only.
 */
export function createAccountingRelay(options: RadiusPrimaryOptions, deps: RadiusPrimaryDeps): AccountingRelay {
  return new Relay(options, deps);
}

function portOf({ port, accountingPort = ACCOUNTING_PORT, tls }: HomeServerConfig): number {
  return tls === undefined ? accountingPort : port;
}

class Relay implements AccountingRelay, RecordHandler {
  readonly name: string;
  readonly #options: RadiusPrimaryOptions;
  readonly #deps: RadiusPrimaryDeps;
  readonly #deadlines: Deadlines;
  readonly #servers: readonly HomeServer[];
  readonly #probes = new Map<HomeServer, Probe>();
  readonly #replies: Counter;
  readonly #timeouts: Counter;
  #isRunning = false;

  constructor(options: RadiusPrimaryOptions, deps: RadiusPrimaryDeps) {
    this.name = options.name;
    this.#options = options;
    this.#deps = deps;
    this.#deadlines = new Deadlines(deps.clock);
    const labels = ['primary', 'server'];
    this.#replies = deps.metrics.counter('accounting_replies_total', 'Accounting-Responses of home servers', labels);
    this.#timeouts = deps.metrics.counter(
      'accounting_timeouts_total',
      'Transmissions of Accounting-Requests that no home server answered in time',
      labels,
    );
    this.#servers = this.#createServers(healthLimits(options));
  }

  async start(): Promise<void> {
    this.#isRunning = true;
    await Promise.all(this.#servers.map((server) => server.pool.start()));
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    const nowMs = this.#deps.clock.monotonicMs();
    for (const server of this.#servers) {
      this.#probes.get(server)?.stop(nowMs);
      for (const exchange of server.pool.exchanges()) if (exchange instanceof OpenRecord) this.#giveUp(exchange, nowMs);
    }
    this.#deadlines.stop();
    await Promise.all(this.#servers.map((server) => server.pool.stop()));
  }

  relay(record: RelayedRecord): Promise<boolean> {
    const nowMs = this.#deps.clock.monotonicMs();
    const server = this.#isRunning ? this.#choose(undefined, nowMs) : undefined;
    if (server === undefined) return Promise.resolve(false);
    return new Promise((resolve) => this.#begin(new OpenRecord(record, server, resolve, this), nowMs));
  }

  admitted(record: OpenRecord, nowMs: number): void {
    try {
      record.encode(this.#deps.loopMark);
    } catch (error) {
      if (!(error instanceof RadiusError)) throw error;
      this.#deps.logger.warn({ requestId: record.record.id, problem: error.message }, 'accounting cannot be relayed');
      this.#giveUp(record, nowMs);
      return;
    }
    record.waitMs = firstWaitMs(this.#options.timeoutSeconds * 1000, this.#deps.random);
    this.#transmit(record, nowMs);
  }

  answered(record: OpenRecord, nowMs: number): void {
    const { server } = record;
    this.#deadlines.clear(record);
    server.pool.giveBack(record, nowMs, 'answered');
    server.learn({ kind: 'answered' }, nowMs);
    this.#replies.add({ primary: this.name, server: server.name });
    record.resolve(true);
  }

  expired(record: OpenRecord, nowMs: number): void {
    const { server, socket } = record;
    if (socket === undefined) {
      this.#moveOn(record, nowMs);
      return;
    }
    this.#timeouts.add({ primary: this.name, server: server.name });
    server.learn({ kind: 'unanswered', sinceMs: Math.max(record.sentMs, server.answeredMs) }, nowMs);
    const isLost = server.health.kind !== 'alive' && this.#otherAlive(record, nowMs) !== undefined;
    if (isLost || socket.isRetired || record.attempts >= this.#options.attempts) {
      this.#moveOn(record, nowMs);
      return;
    }
    record.waitMs = nextWaitMs(record.waitMs, this.#options.timeoutSeconds * 1000, this.#deps.random);
    if (socket.isReliable) this.#await(record, nowMs);
    else this.#transmit(record, nowMs);
  }

  doubted(record: OpenRecord, nowMs: number): void {
    if (this.#otherAlive(record, nowMs) === undefined) return;
    record.attempts = this.#options.attempts;
    this.#deadlines.set(record, record.sentMs + Math.min(DOUBT_MS, record.waitMs));
  }

  lost(record: OpenRecord, nowMs: number): void {
    const { server } = record;
    server.learn({ kind: 'unanswered', sinceMs: Math.max(record.sentMs, server.answeredMs) }, nowMs);
    if (record.attempts >= this.#options.attempts || this.#otherAlive(record, nowMs) !== undefined) {
      this.#moveOn(record, nowMs);
      return;
    }
    server.pool.giveBack(record, nowMs, 'unanswered');
    this.#place(record, nowMs);
  }

  #begin(record: OpenRecord, nowMs: number): void {
    record.attempts = 0;
    record.tried.add(record.server);
    record.server.beginTrial(nowMs);
    this.#place(record, nowMs);
  }

  #place(record: OpenRecord, nowMs: number): void {
    const { pool } = record.server;
    if (pool.take(record, nowMs)) {
      this.admitted(record, nowMs);
    } else if (pool.wait(record)) {
      record.sentMs = nowMs;
      record.waitMs = this.#options.timeoutSeconds * 1000;
      this.#deadlines.set(record, nowMs + record.waitMs);
    } else {
      this.#moveOn(record, nowMs);
    }
  }

  #transmit(record: OpenRecord, nowMs: number): void {
    this.#await(record, nowMs);
    record.socket?.send(record.datagram);
  }

  #await(record: OpenRecord, nowMs: number): void {
    record.attempts += 1;
    record.sentMs = nowMs;
    this.#deadlines.set(record, nowMs + record.waitMs);
  }

  #moveOn(record: OpenRecord, nowMs: number): void {
    const next = this.#choose(record.tried, nowMs);
    if (next === undefined) {
      this.#giveUp(record, nowMs);
      return;
    }
    this.#deadlines.clear(record);
    record.server.pool.giveBack(record, nowMs, 'unanswered');
    record.server = next;
    this.#begin(record, nowMs);
  }

  #giveUp(record: OpenRecord, nowMs: number): void {
    this.#deadlines.clear(record);
    record.server.pool.giveBack(record, nowMs, 'unanswered');
    record.resolve(false);
  }

  #choose(tried: ReadonlySet<HomeServer> | undefined, nowMs: number): HomeServer | undefined {
    return chooseServer(this.#servers, { strategy: this.#options.strategy, tried, nowMs, random: this.#deps.random });
  }

  #otherAlive({ tried }: OpenRecord, nowMs: number): HomeServer | undefined {
    return chooseAlive(this.#servers, { strategy: this.#options.strategy, tried, nowMs, random: this.#deps.random });
  }

  #createServers(limits: HealthLimits): readonly HomeServer[] {
    const { clock, logger, metrics, random, nasIdentifier = 'sallyport', saltedTypes } = this.#deps;
    const ignoredReplies = metrics.counter(
      'home_server_ignored_replies_total',
      'Datagrams from a home server that did not count as replies, by reason',
      ['primary', 'server', 'reason'],
    );
    const { sockets, timeoutSeconds, statusServer } = this.#options;
    const options = {
      ...{ primary: this.name, sockets, limits, statusServer },
      timeoutMs: timeoutSeconds * 1000,
      nasIdentifier: Buffer.from(nasIdentifier),
      saltedTypes: saltedTypes ?? microsoftSaltedTypes,
    };
    return this.#options.servers.map((config) => {
      const server = new HomeServer({ ...config, port: portOf(config) }, options, {
        ...{ clock, logger, random, ignoredReplies },
        checkReply: checkAccountingReply,
        stateChanged: (changed, nowMs) => this.#stateChanged(changed, nowMs),
      });
      const deps = { random, deadlines: this.#deadlines };
      this.#probes.set(server, new Probe(server, Buffer.from(nasIdentifier), deps));
      return server;
    });
  }

  #stateChanged(server: HomeServer, nowMs: number): void {
    const { kind: state } = server.health;
    const fields = { primary: this.name, homeServer: server.name, state };
    if (state === 'alive') {
      this.#deps.logger.info(fields, 'the home server takes accounting again');
      this.#probes.get(server)?.stop(nowMs);
      return;
    }
    this.#deps.logger.warn(fields, 'the home server does not answer accounting');
    if (this.#options.statusServer) this.#probes.get(server)?.start(nowMs);
    for (const exchange of server.pool.exchanges()) exchange.doubted(nowMs);
  }
}
