import type { Random } from '../../lib/random.ts';
import { AttributeType, Code, encodeRequest } from '../../radius/index.ts';
import { NOT_SET, type Deadlines, type Expiring } from './deadlines.ts';
import type { Exchange } from './exchange.ts';
import type { HomeServer } from './home-server.ts';
import type { HomeServerSocket } from './socket.ts';

/** Between two Status-Server packets while they are answered: the least that RFC 3539 §3.4.1 allows for Tw. */
export const PROBE_MS = 6_000;

/** The longest time between two that nobody answers: the default of Tw (RFC 3539 §3.4.1). */
export const MAX_PROBE_MS = 30_000;

/** Both ways, so that many proxies do not ask a reviving server at once. */
const JITTER = 0.1;

export interface ProbeDeps {
  readonly random: Random;
  readonly deadlines: Deadlines;
}

/**
 * Asks a home server that is not alive whether it is there, by Status-Server (RFC 5997 §4.2): each packet with an
 * identifier and authenticator of its own and a Message-Authenticator, never retransmitted, at most one open.
 */
export class Probe implements Exchange {
  readonly #server: HomeServer;
  readonly #nasIdentifier: Buffer;
  readonly #deps: ProbeDeps;
  #isRunning = false;
  #isOpen = false;
  #waitMs = PROBE_MS;

  readonly isStatus = true;
  socket: HomeServerSocket<Exchange> | undefined = undefined;
  identifier = 0;
  authenticator: Buffer = Buffer.alloc(0);
  dueTick = NOT_SET;
  before: Expiring | undefined = undefined;
  after: Expiring | undefined = undefined;

  constructor(server: HomeServer, nasIdentifier: Buffer, deps: ProbeDeps) {
    this.#server = server;
    this.#nasIdentifier = nasIdentifier;
    this.#deps = deps;
  }

  /** Begins to ask; harmless while it does. */
  start(nowMs: number): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#waitMs = PROBE_MS;
    this.#ask(nowMs);
  }

  /** Stops asking. */
  stop(nowMs: number): void {
    this.#isRunning = false;
    this.#deps.deadlines.clear(this);
    if (this.#isOpen) this.#close(nowMs, 'unanswered');
  }

  admitted(): void {
    const { random } = this.#deps;
    this.authenticator = random.octets(16);
    const attributes = [{ type: AttributeType.nasIdentifier, value: this.#nasIdentifier }];
    const { identifier, authenticator } = this;
    const request = { code: Code.statusServer, identifier, authenticator, attributes };
    this.socket?.send(encodeRequest(request, this.#server.key));
  }

  answered(_: unknown, nowMs: number): void {
    this.#close(nowMs, 'answered');
    this.#waitMs = PROBE_MS;
    this.#deps.deadlines.set(this, nowMs + this.#jittered(PROBE_MS));
    this.#server.learn({ kind: 'status-answered' }, nowMs);
  }

  expired(nowMs: number): void {
    if (this.#isOpen) {
      this.#close(nowMs, 'unanswered');
      this.#waitMs = Math.min(2 * this.#waitMs, MAX_PROBE_MS);
      this.#server.learn({ kind: 'status-unanswered' }, nowMs);
    }
    if (this.#isRunning) this.#ask(nowMs);
  }

  doubted(): void {
    // Nothing is gained by asking sooner.
  }

  lost(nowMs: number): void {
    this.#close(nowMs, 'unanswered');
    this.#server.learn({ kind: 'status-unanswered' }, nowMs);
  }

  // The deadline is that of the answer and at the same time the moment of the next packet.
  #ask(nowMs: number): void {
    const { pool } = this.#server;
    this.#deps.deadlines.set(this, nowMs + this.#jittered(this.#waitMs));
    this.#isOpen = true;
    if (pool.take(this, nowMs)) this.admitted();
    else this.#isOpen = pool.wait(this);
  }

  #jittered(waitMs: number): number {
    return waitMs * (1 + (2 * this.#deps.random.fraction() - 1) * JITTER);
  }

  #close(nowMs: number, outcome: 'answered' | 'unanswered'): void {
    this.#isOpen = false;
    this.#server.pool.giveBack(this, nowMs, outcome);
  }
}
