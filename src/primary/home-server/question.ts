import type { Packet } from '../../radius/index.ts';
import type { PrimaryRequest, PrimaryResult } from '../primary.ts';
import { NOT_SET, type Expiring } from './deadlines.ts';
import type { Exchange } from './exchange.ts';
import type { HomeServer } from './home-server.ts';
import type { HomeServerSocket } from './socket.ts';

/** Who leads a question through the servers. */
export interface QuestionHandler {
  answered(question: Question, packet: Packet, nowMs: number): void;
  expired(question: Question, nowMs: number): void;
  doubted(question: Question, nowMs: number): void;
  lost(question: Question, nowMs: number): void;
  /** An identifier has become free: the question has it. */
  admitted(question: Question, nowMs: number): void;
}

const NO_OCTETS = Buffer.alloc(0);

/** One login on its way from server to server. It holds what is known of it; the handler decides. */
export class Question implements Exchange {
  readonly request: PrimaryRequest;
  /** Settles the login. */
  readonly resolve: (result: PrimaryResult) => void;
  /** Its server is fixed: it answers that server's own challenge. */
  readonly isBound: boolean;
  readonly #handler: QuestionHandler;

  /** Whom it is asked now. */
  server: HomeServer;
  /** Servers that were asked in vain. */
  tried: Set<HomeServer> | undefined = undefined;
  socket: HomeServerSocket<Exchange> | undefined = undefined;
  identifier = 0;
  authenticator: Buffer = NO_OCTETS;
  datagram: Buffer = NO_OCTETS;
  /** Transmissions to this server so far, and how many there may be. */
  attempts = 0;
  maxAttempts = 1;
  sentMs = 0;
  waitMs = 0;
  /** A server that answers had no identifier left for it. */
  wasCrowdedOut = false;
  /** It has been doubted: it leaves this server at its next deadline. */
  isDoubted = false;

  dueTick = NOT_SET;
  before: Expiring | undefined = undefined;
  after: Expiring | undefined = undefined;

  constructor(
    request: PrimaryRequest,
    server: HomeServer,
    resolve: (result: PrimaryResult) => void,
    handler: QuestionHandler,
  ) {
    this.request = request;
    this.isBound = request.conversation !== undefined;
    this.server = server;
    this.resolve = resolve;
    this.#handler = handler;
  }

  answered(packet: Packet, nowMs: number): void {
    this.#handler.answered(this, packet, nowMs);
  }

  expired(nowMs: number): void {
    this.#handler.expired(this, nowMs);
  }

  doubted(nowMs: number): void {
    this.#handler.doubted(this, nowMs);
  }

  lost(nowMs: number): void {
    this.#handler.lost(this, nowMs);
  }

  admitted(nowMs: number): void {
    this.#handler.admitted(this, nowMs);
  }
}
