import type { HomeServerConfig, RadiusPrimaryConfig } from '../config/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Counter, Metrics } from '../lib/metrics.ts';
import type { Random } from '../lib/random.ts';
import { MAX_PASSWORD_OCTETS, microsoftSaltedTypes, type SaltedVendorTypes } from '../radius/index.ts';
import { Asker } from './home-server/asker.ts';
import { Deadlines } from './home-server/deadlines.ts';
import type { HealthLimits } from './home-server/health.ts';
import { HomeServer } from './home-server/home-server.ts';
import { Probe } from './home-server/probe.ts';
import { Question } from './home-server/question.ts';
import type { Primary, PrimaryRequest, PrimaryResult } from './primary.ts';

/** A primary of type `radius`, and its name under `primaries`. */
export interface RadiusPrimaryOptions extends RadiusPrimaryConfig {
  readonly name: string;
}

/** What a first door of home servers is built on. */
export interface RadiusPrimaryDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** NAS-Identifier of Status-Server, and of logins whose client names itself in no way. Default `sallyport`. */
  readonly nasIdentifier?: string;
  /** Vendor attributes of replies that are salted. Default: Microsoft's MPPE keys. */
  readonly saltedTypes?: SaltedVendorTypes;
  /** Proxy-State of all that is relayed, by which it is known when it comes back. Default: none. */
  readonly loopMark?: Buffer;
}

/**
 * The first door of RADIUS home servers: relays logins to the first alive one (`fail-over`) or to the one with the
 * fewest open questions (`load-balance`), each under a fresh request authenticator, the server's secret and
 * Message-Authenticator (RFC 2865 §3, RFC 3579 §3.2); repeats what is not answered (RFC 5080 §2.2.1), then asks the next
 * server; revives silent ones by Status-Server (RFC 5997 §4.2). `accepted` carries the home server's attributes, hidden
 * ones in clear; they share no memory with the received datagram. An Accept of an empty password is not believed.
 */
export function createRadiusPrimary(options: RadiusPrimaryOptions, deps: RadiusPrimaryDeps): Primary {
  return new RadiusPrimary(options, deps);
}

class RadiusPrimary implements Primary {
  readonly name: string;
  readonly #options: RadiusPrimaryOptions;
  readonly #deps: RadiusPrimaryDeps;
  readonly #deadlines: Deadlines;
  readonly #servers: readonly HomeServer[];
  readonly #probes = new Map<HomeServer, Probe>();
  readonly #asker: Asker;
  readonly #stateChanges: Counter;
  #isRunning = false;

  constructor(options: RadiusPrimaryOptions, deps: RadiusPrimaryDeps) {
    this.name = options.name;
    this.#options = options;
    this.#deps = deps;
    this.#deadlines = new Deadlines(deps.clock);
    this.#stateChanges = deps.metrics.counter(
      'home_server_state_changes_total',
      'Times that a home server became alive, zombie or dead',
      ['primary', 'server', 'state'],
    );
    const nasIdentifier = Buffer.from(deps.nasIdentifier ?? 'sallyport');
    this.#servers = this.#createServers(nasIdentifier);
    this.#asker = this.#createAsker(nasIdentifier);
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
      for (const exchange of server.pool.exchanges()) {
        if (exchange instanceof Question) this.#asker.giveUp(exchange, nowMs, `primary ${this.name} is being stopped`);
      }
    }
    this.#deadlines.stop();
    await Promise.all(this.#servers.map((server) => server.pool.stop()));
  }

  authenticate(request: PrimaryRequest): Promise<PrimaryResult> {
    const { credentials } = request;
    if (!this.#isRunning) return Promise.resolve({ kind: 'unavailable', cause: `primary ${this.name} is not running` });
    if (credentials.kind === 'pap' && credentials.password.length > MAX_PASSWORD_OCTETS) {
      return Promise.resolve({ kind: 'rejected', reason: 'credentials-unsupported', attributes: [] });
    }
    return new Promise((resolve) => this.#asker.ask(request, this.#deps.clock.monotonicMs(), resolve));
  }

  #createAsker(nasIdentifier: Buffer): Asker {
    const { random, logger, metrics } = this.#deps;
    const replies = metrics.counter(
      'home_server_replies_total',
      'Authentic replies of home servers to logins, by what they said',
      ['primary', 'server', 'result'],
    );
    const timeouts = metrics.counter(
      'home_server_timeouts_total',
      'Transmissions of logins to a home server that were not answered in time',
      ['primary', 'server'],
    );
    const deps = { servers: this.#servers, deadlines: this.#deadlines, random, logger, replies, timeouts };
    const saltedTypes = this.#deps.saltedTypes ?? microsoftSaltedTypes;
    const { loopMark } = this.#deps;
    return new Asker({ ...this.#options, nasIdentifier, saltedTypes, ...(loopMark && { loopMark }) }, deps);
  }

  #createServers(nasIdentifier: Buffer): readonly HomeServer[] {
    const { clock, logger, metrics, random } = this.#deps;
    const ignoredReplies = metrics.counter(
      'home_server_ignored_replies_total',
      'Datagrams from a home server that did not count as replies, by reason',
      ['primary', 'server', 'reason'],
    );
    const { sockets, timeoutSeconds, statusServer } = this.#options;
    const saltedTypes = this.#deps.saltedTypes ?? microsoftSaltedTypes;
    const timeoutMs = timeoutSeconds * 1000;
    const limits = healthLimits(this.#options);
    const options = { primary: this.name, sockets, limits, nasIdentifier, saltedTypes, timeoutMs, statusServer };
    const stateChanged = (server: HomeServer, nowMs: number): void => this.#stateChanged(server, nowMs);
    return this.#options.servers.map((config: HomeServerConfig, index) => {
      const server = new HomeServer(config, options, { clock, random, logger, ignoredReplies, stateChanged });
      this.#probes.set(server, new Probe(server, nasIdentifier, { random, deadlines: this.#deadlines }));
      metrics.gauge(
        `home_server_state_${this.name.replace(/\W/g, '_')}_${index + 1}`,
        `State of home server ${server.name} of primary ${this.name}: 2 alive, 1 zombie, 0 dead`,
        () => STATE_FIGURES[server.health.kind],
      );
      return server;
    });
  }

  #stateChanged(server: HomeServer, nowMs: number): void {
    const { kind: state } = server.health;
    const { logger } = this.#deps;
    const fields = { primary: this.name, homeServer: server.name, state };
    this.#stateChanges.add({ primary: this.name, server: server.name, state });
    if (state === 'alive') {
      logger.info(fields, 'the home server answers again');
      this.#probes.get(server)?.stop(nowMs);
      return;
    }
    const isDead = state === 'dead';
    logger.warn(fields, isDead ? 'the home server is dead' : 'the home server does not answer: others are preferred');
    if (this.#options.statusServer) this.#probes.get(server)?.start(nowMs);
    for (const exchange of server.pool.exchanges()) exchange.doubted(nowMs);
  }
}

const STATE_FIGURES = { alive: 2, zombie: 1, dead: 0 } as const;

/** Transmissions' waits without any answer after which others are preferred: fewer would be one lost datagram. */
const ZOMBIE_AFTER_WAITS = 2;

/** How soon silence is taken for death. */
export function healthLimits({ timeoutSeconds, zombieSeconds, deadSeconds }: RadiusPrimaryConfig): HealthLimits {
  const deadAfterMs = zombieSeconds * 1000;
  const zombieAfterMs = Math.min(ZOMBIE_AFTER_WAITS * timeoutSeconds * 1000, deadAfterMs);
  return { zombieAfterMs, deadAfterMs, asideMs: deadSeconds * 1000 };
}
