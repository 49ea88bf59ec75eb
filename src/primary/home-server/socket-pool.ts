import type { Clock } from '../../lib/clock.ts';
import type { Exchange } from './exchange.ts';
import type { HomeServerSocket } from './socket.ts';

const IDENTIFIERS = 256;

/** A further socket is opened when the last one has fewer free identifiers. */
const GROW_BELOW = 64;

/** Between two attempts to open a socket; doubled with each failure, as far as the options let it. */
const REOPEN_MS = 1_000;
const MAX_DOUBLINGS = 10;

/** How far the pool grows. */
export interface SocketPoolOptions {
  /** Sockets at most. */
  readonly maxSockets: number;
  /** The longest wait between two attempts to open one; not below a second. */
  readonly maxReopenMs: number;
}

export interface SocketPoolDeps {
  readonly clock: Clock;
  /** Opens one. */
  readonly open: () => Promise<HomeServerSocket<Exchange>>;
  /** A socket could not be opened, or not be closed. */
  readonly openFailed: (error: unknown) => void;
}

/** The identifier space towards one home server: 256 a socket, sockets opened as they are needed, and a queue. */
export class SocketPool {
  /** Exchanges that have an identifier. */
  openCount = 0;
  readonly #options: SocketPoolOptions;
  readonly #deps: SocketPoolDeps;
  readonly #waiting = new Set<Exchange>();
  readonly #retired = new Set<HomeServerSocket<Exchange>>();
  #sockets: HomeServerSocket<Exchange>[] = [];
  #opening: Promise<void> | undefined;
  #mayOpenMs = -Infinity;
  #failures = 0;
  #isRunning = false;
  #isAdmitting = false;

  constructor(options: SocketPoolOptions, deps: SocketPoolDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Exchanges that can be open at once, when all sockets are; as many again may wait. */
  get capacity(): number {
    return this.#options.maxSockets * IDENTIFIERS;
  }

  /** Opens the first socket; where that fails, it is tried again when something is asked. */
  async start(): Promise<void> {
    this.#isRunning = true;
    this.#grow(this.#deps.clock.monotonicMs());
    await this.#opening;
  }

  /** Closes the sockets. What is open must have been given back before. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#opening;
    const sockets = [...this.#sockets, ...this.#retired];
    this.#sockets = [];
    this.#retired.clear();
    await Promise.all(sockets.map((socket) => socket.close()));
  }

  /** All that waits or is open, the waiting first. */
  exchanges(): Exchange[] {
    const open = [...this.#sockets, ...this.#retired].flatMap((socket) => [...socket.occupants()]);
    return [...this.#waiting, ...open];
  }

  /** Gives the exchange an identifier; `false` when there is none now. */
  take(exchange: Exchange, nowMs: number): boolean {
    if (this.#waiting.size > 0) this.#admit(nowMs);
    return this.#waiting.size === 0 && this.#takeFree(exchange, nowMs);
  }

  /** Whether there is a socket. */
  get isConnected(): boolean {
    return this.#sockets.length > 0;
  }

  /** Whether there is a socket, or one is being opened. */
  get isOpen(): boolean {
    return this.#sockets.length > 0 || this.#opening !== undefined;
  }

  /** Lets the exchange wait until it is `admitted`; `false` when too many wait already, or there is no socket. */
  wait(exchange: Exchange): boolean {
    if (!this.isOpen || this.openCount + this.#waiting.size >= 2 * this.capacity) return false;
    this.#waiting.add(exchange);
    return true;
  }

  /** Takes the exchange's identifier back, or its place among the waiting. */
  giveBack(exchange: Exchange, nowMs: number, outcome: 'answered' | 'unanswered'): void {
    const { socket } = exchange;
    if (socket === undefined) {
      this.#waiting.delete(exchange);
      return;
    }
    exchange.socket = undefined;
    this.openCount -= 1;
    if (outcome === 'answered') socket.release(exchange.identifier);
    else socket.retire(exchange.identifier, nowMs);
    if (socket.isRetired && socket.openCount === 0) this.#closeRetired(socket);
    if (this.#waiting.size > 0) this.#admit(nowMs);
  }

  /** Replaces a socket whose own address or route is gone; the exchanges open on it may start again. */
  replace(socket: HomeServerSocket<Exchange>, nowMs: number): void {
    if (socket.isRetired || nowMs < this.#mayOpenMs) return;
    socket.isRetired = true;
    this.#sockets = this.#sockets.filter((other) => other !== socket);
    this.#retired.add(socket);
    if (socket.openCount === 0) this.#closeRetired(socket);
    this.#grow(nowMs);
    this.#mayOpenMs = nowMs + REOPEN_MS;
  }

  /** Takes out a connection that has ended; what was open on it is to be given back. Another one takes its place. */
  remove(socket: HomeServerSocket<Exchange>, nowMs: number): void {
    socket.isRetired = true;
    this.#sockets = this.#sockets.filter((other) => other !== socket);
    if (socket.openCount > 0) this.#retired.add(socket);
    // One that never answered may have been turned away: not at once again.
    if (socket.hasAnswered) this.#failures = 0;
    else this.#backOff(nowMs);
    this.#grow(nowMs);
  }

  #takeFree(exchange: Exchange, nowMs: number): boolean {
    for (const socket of this.#sockets) {
      const identifier = socket.take(exchange, nowMs);
      if (identifier === undefined) continue;
      exchange.socket = socket;
      exchange.identifier = identifier;
      this.openCount += 1;
      if (socket.freeCount < GROW_BELOW && socket === this.#sockets.at(-1)) this.#grow(nowMs);
      return true;
    }
    this.#grow(nowMs);
    return false;
  }

  // One that gives its identifier back at once comes here again: the loop goes on with it, and the stack does not grow.
  #admit(nowMs: number): void {
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    try {
      for (const exchange of this.#waiting) {
        if (!this.#takeFree(exchange, nowMs)) return;
        this.#waiting.delete(exchange);
        exchange.admitted(nowMs);
      }
    } finally {
      this.#isAdmitting = false;
    }
  }

  #grow(nowMs: number): void {
    const mayGrow = this.#isRunning && this.#sockets.length < this.#options.maxSockets && nowMs >= this.#mayOpenMs;
    if (!mayGrow || this.#opening !== undefined) return;
    this.#opening = this.#open().finally(() => {
      this.#opening = undefined;
      if (this.#isRunning) this.#admit(this.#deps.clock.monotonicMs());
    });
  }

  async #open(): Promise<void> {
    try {
      this.#sockets.push(await this.#deps.open());
    } catch (error) {
      const nowMs = this.#deps.clock.monotonicMs();
      this.#backOff(nowMs);
      this.#deps.openFailed(error);
      for (const exchange of this.#waiting) exchange.doubted(nowMs);
      if (this.#waiting.size > 0) this.#tryAgain(this.#mayOpenMs - nowMs);
    }
  }

  #backOff(nowMs: number): void {
    this.#mayOpenMs = nowMs + Math.min(REOPEN_MS * 2 ** this.#failures, this.#options.maxReopenMs);
    this.#failures = Math.min(this.#failures + 1, MAX_DOUBLINGS);
  }

  // For those that wait: nobody else may ask in the meantime.
  #tryAgain(delayMs: number): void {
    this.#deps.clock.setTimer(delayMs, () => {
      if (this.#waiting.size > 0) this.#grow(this.#deps.clock.monotonicMs());
    });
  }

  #closeRetired(socket: HomeServerSocket<Exchange>): void {
    this.#retired.delete(socket);
    socket.close().catch(this.#deps.openFailed);
  }
}
