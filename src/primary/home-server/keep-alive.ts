import type { Clock, Timer } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import { AttributeType, Code, encodeRequest, type SharedKey } from '../../radius/index.ts';
import { NOT_SET, type Expiring } from './deadlines.ts';
import type { Exchange } from './exchange.ts';
import type { HomeServerSocket } from './socket.ts';

/** Silence after which a connection is asked whether it still leads anywhere: Tw (RFC 3539 §3.4.1). */
export const QUIET_MS = 30_000;
const ANSWER_MS = 10_000;
const JITTER = 0.1;

export interface KeepAliveDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly key: SharedKey;
  readonly nasIdentifier: Buffer;
  /** Nothing came back. */
  readonly isDead: () => void;
}

/** Asks by Status-Server (RFC 6613 §2.6.5) whether one quiet connection is alive. */
export class KeepAlive implements Exchange {
  readonly #deps: KeepAliveDeps;
  readonly #connection: HomeServerSocket<Exchange>;
  #timer: Timer | undefined;
  #isOpen = false;
  #heardMs = -Infinity;

  readonly isStatus = true;
  socket: HomeServerSocket<Exchange> | undefined = undefined;
  identifier = 0;
  authenticator: Buffer = Buffer.alloc(0);
  dueTick = NOT_SET;
  before: Expiring | undefined = undefined;
  after: Expiring | undefined = undefined;

  constructor(connection: HomeServerSocket<Exchange>, deps: KeepAliveDeps) {
    this.#connection = connection;
    this.#deps = deps;
    this.#wait(QUIET_MS);
  }

  /** Something came. */
  heard(): void {
    this.#heardMs = this.#deps.clock.monotonicMs();
  }

  stop(): void {
    this.#timer?.cancel();
    if (this.#isOpen) this.#release();
  }

  answered(): void {
    this.#release();
  }

  admitted(): void {
    // It never waits.
  }

  expired(): void {
    // Its time is kept here.
  }

  doubted(): void {
    // It is the doubt.
  }

  lost(): void {
    this.stop();
  }

  #wait(delayMs: number): void {
    const jitter = 1 + (2 * this.#deps.random.fraction() - 1) * JITTER;
    this.#timer = this.#deps.clock.setTimer(delayMs * jitter, () => this.#look());
  }

  #look(): void {
    const quietMs = this.#deps.clock.monotonicMs() - this.#heardMs;
    if (this.#isOpen) {
      if (quietMs > ANSWER_MS) this.#deps.isDead();
      else this.#wait(ANSWER_MS);
      return;
    }
    this.#wait(quietMs >= QUIET_MS / 2 && this.#ask() ? ANSWER_MS : QUIET_MS);
  }

  #ask(): boolean {
    const { clock, random, key, nasIdentifier } = this.#deps;
    const identifier = this.#connection.take(this, clock.monotonicMs());
    if (identifier === undefined) return false;
    this.#isOpen = true;
    this.identifier = identifier;
    this.authenticator = random.octets(16);
    const attributes = [{ type: AttributeType.nasIdentifier, value: nasIdentifier }];
    const request = { code: Code.statusServer, identifier, authenticator: this.authenticator, attributes };
    this.#connection.send(encodeRequest(request, key));
    return true;
  }

  #release(): void {
    this.#isOpen = false;
    this.#connection.release(this.identifier);
  }
}
