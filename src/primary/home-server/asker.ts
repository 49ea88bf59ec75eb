import type { RadiusPrimaryConfig } from '../../config/index.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Counter } from '../../lib/metrics.ts';
import type { Random } from '../../lib/random.ts';
import {
  AttributeType,
  Code,
  encodeRequest,
  hideUserPassword,
  RadiusError,
  type Packet,
  type SaltedVendorTypes,
} from '../../radius/index.ts';
import type { PrimaryRequest, PrimaryResult } from '../primary.ts';
import { chooseAlive, chooseServer } from './choose.ts';
import type { Deadlines } from './deadlines.ts';
import type { HomeServer } from './home-server.ts';
import { continueEap, identifyEap } from './eap.ts';
import { Question, type QuestionHandler } from './question.ts';
import { requestAttributes } from './relay.ts';
import { replyResult } from './reply.ts';
import { firstWaitMs, nextWaitMs } from './retransmission.ts';

/** How long a doubted question still waits for its answer before it is asked elsewhere. */
const DOUBT_MS = 200;
const AUTHENTICATOR_OCTETS = 16;
const ANSWERED = { kind: 'answered' } as const;

type Relaying = Pick<RadiusPrimaryConfig, 'timeoutSeconds' | 'attempts' | 'strategy' | 'eapIdentity'>;

export interface AskerOptions extends Relaying {
  /** The primary's name. */
  readonly name: string;
  /** NAS-Identifier where the client names itself in no way. */
  readonly nasIdentifier: Buffer;
  /** Vendor attributes of replies that are salted, and so hidden anew for the client. */
  readonly saltedTypes: SaltedVendorTypes;
  /** Our Proxy-State (RFC 2865 §5.33). */
  readonly loopMark?: Buffer;
}

export interface AskerDeps {
  readonly servers: readonly HomeServer[];
  readonly deadlines: Deadlines;
  readonly random: Random;
  readonly logger: Logger;
  /** Labels `primary`, `server`, `result`. */
  readonly replies: Counter;
  /** Labels `primary`, `server`. */
  readonly timeouts: Counter;
}

/**
 * Leads questions from server to server. To each server a question is sent `attempts` times with the same identifier
 * and authenticator, at growing intervals (RFC 5080 §2.2.1); then the next server is asked under a new authenticator.
 * A question leaves a server that is in doubt early, if another one is alive. One that answers a server's own challenge
 * stays with that server.
 */
export class Asker implements QuestionHandler {
  readonly #options: AskerOptions;
  readonly #deps: AskerDeps;
  readonly #timeoutMs: number;

  constructor(options: AskerOptions, deps: AskerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#timeoutMs = options.timeoutSeconds * 1000;
  }

  /** Asks; `resolve` is called once, at the latest when all attempts at all servers are over. */
  ask(request: PrimaryRequest, nowMs: number, resolve: (result: PrimaryResult) => void): void {
    const { conversation } = request;
    const { servers } = this.#deps;
    const server =
      conversation === undefined
        ? this.#choose(undefined, nowMs)
        : servers.find((known) => known.name === conversation.server);
    if (server === undefined) {
      const cause = `home server ${conversation?.server ?? ''} is not among those of primary ${this.#options.name}`;
      resolve({ kind: 'unavailable', cause });
      return;
    }
    this.#begin(new Question(request, server, resolve, this), nowMs);
  }

  /** Settles the question as `unavailable`. */
  giveUp(question: Question, nowMs: number, cause: string): void {
    this.#deps.deadlines.clear(question);
    question.server.pool.giveBack(question, nowMs, 'unanswered');
    question.resolve(
      question.wasCrowdedOut ? { kind: 'unavailable', cause, isBusy: true } : { kind: 'unavailable', cause },
    );
  }

  admitted(question: Question, nowMs: number): void {
    const { random } = this.#deps;
    question.authenticator = random.octets(AUTHENTICATOR_OCTETS);
    try {
      question.datagram = this.#encode(question);
    } catch (error) {
      if (!(error instanceof RadiusError)) throw error;
      this.#refuse(question, nowMs, error.message);
      return;
    }
    question.waitMs = firstWaitMs(this.#timeoutMs, random);
    this.#transmit(question, nowMs);
  }

  answered(question: Question, packet: Packet, nowMs: number): void {
    const { server, authenticator } = question;
    this.#deps.deadlines.clear(question);
    server.pool.giveBack(question, nowMs, 'answered');
    server.learn(ANSWERED, nowMs);
    const { name: primary, saltedTypes } = this.#options;
    const { name, key } = server;
    const result = replyResult(packet, {
      primary,
      server: name,
      requestAuthenticator: authenticator,
      key,
      saltedTypes,
    });
    this.#deps.replies.add({ primary, server: name, result: result.kind });
    question.resolve(
      result.kind === 'accepted' && isBlank(question) ? BLANK_PASSWORD : this.#withEap(question, result, nowMs),
    );
  }

  #withEap({ request }: Question, result: PrimaryResult, nowMs: number): PrimaryResult {
    const { credentials } = request;
    if (credentials.kind !== 'eap') return result;
    const eap = continueEap(request, credentials.message, nowMs);
    if (result.kind === 'challenged') return { ...result, conversation: { ...result.conversation, eap } };
    return result.kind === 'accepted' ? identifyEap(result, eap, this.#options.eapIdentity) : result;
  }

  expired(question: Question, nowMs: number): void {
    const { server, socket } = question;
    if (socket === undefined) {
      this.#moveOn(question, nowMs, noIdentifier(server));
      return;
    }
    this.#deps.timeouts.add({ primary: this.#options.name, server: server.name });
    server.learn({ kind: 'unanswered', sinceMs: Math.max(question.sentMs, server.answeredMs) }, nowMs);
    if (question.attempts >= question.maxAttempts) {
      const cause = `no home server of primary ${this.#options.name} answered; the last one asked was ${server.name}`;
      this.#moveOn(question, nowMs, cause);
      return;
    }
    const isLeaving = question.isDoubted || server.health.kind !== 'alive';
    const next = isLeaving ? this.#otherAlive(question, nowMs) : undefined;
    if (next === undefined) this.#repeat(question, nowMs);
    else this.#leaveFor(question, next, nowMs);
  }

  doubted(question: Question, nowMs: number): void {
    if (question.isDoubted || this.#otherAlive(question, nowMs) === undefined) return;
    question.isDoubted = true;
    this.#deps.deadlines.set(question, question.sentMs + Math.min(DOUBT_MS, question.waitMs));
  }

  lost(question: Question, nowMs: number): void {
    const { server } = question;
    server.learn({ kind: 'unanswered', sinceMs: Math.max(question.sentMs, server.answeredMs) }, nowMs);
    const next = this.#otherAlive(question, nowMs);
    if (next !== undefined) this.#leaveFor(question, next, nowMs);
    else if (question.attempts >= question.maxAttempts) {
      this.#moveOn(question, nowMs, `home server ${server.name} has closed the connection`);
    } else {
      server.pool.giveBack(question, nowMs, 'unanswered');
      this.#place(question, nowMs);
    }
  }

  // Whoever asks can bring it about, so that it never counts as a server that is down.
  #refuse(question: Question, nowMs: number, problem: string): void {
    const { requestId } = question.request;
    this.#deps.logger.warn({ requestId, problem }, 'the request cannot be relayed to a home server');
    this.#deps.deadlines.clear(question);
    // Never sent, so that its identifier needs no rest.
    question.server.pool.giveBack(question, nowMs, 'answered');
    question.resolve({ kind: 'rejected', reason: 'credentials-unsupported', attributes: [] });
  }

  #begin(question: Question, nowMs: number): void {
    question.attempts = 0;
    question.isDoubted = false;
    question.maxAttempts = this.#attemptsFor(question, nowMs);
    question.server.beginTrial(nowMs);
    this.#place(question, nowMs);
  }

  // A doubtful server gets one attempt, unless there is nobody else to ask.
  #attemptsFor(question: Question, nowMs: number): number {
    const { kind } = question.server.health;
    if (kind === 'alive' || question.isBound) return this.#options.attempts;
    return kind === 'dead' || this.#otherAlive(question, nowMs) !== undefined ? 1 : this.#options.attempts;
  }

  #place(question: Question, nowMs: number): void {
    const { pool } = question.server;
    if (pool.take(question, nowMs)) {
      this.admitted(question, nowMs);
    } else if (pool.wait(question)) {
      question.sentMs = nowMs;
      question.waitMs = this.#timeoutMs;
      this.#deps.deadlines.set(question, nowMs + this.#timeoutMs);
    } else {
      this.#moveOn(question, nowMs, noIdentifier(question.server));
    }
  }

  #transmit(question: Question, nowMs: number): void {
    this.#await(question, nowMs);
    question.socket?.send(question.datagram);
  }

  #await(question: Question, nowMs: number): void {
    question.attempts += 1;
    question.sentMs = nowMs;
    this.#deps.deadlines.set(question, nowMs + question.waitMs);
  }

  #repeat(question: Question, nowMs: number): void {
    if (question.socket?.isRetired === true) {
      question.server.pool.giveBack(question, nowMs, 'unanswered');
      this.#place(question, nowMs);
      return;
    }
    question.waitMs = nextWaitMs(question.waitMs, this.#timeoutMs, this.#deps.random);
    if (question.socket?.isReliable === true) this.#await(question, nowMs);
    else this.#transmit(question, nowMs);
  }

  #moveOn(question: Question, nowMs: number, cause: string): void {
    question.wasCrowdedOut ||= question.socket === undefined && isCrowded(question.server);
    const next = question.isBound ? undefined : this.#choose(triedBy(question), nowMs);
    if (next === undefined) this.giveUp(question, nowMs, cause);
    else this.#leaveFor(question, next, nowMs);
  }

  #leaveFor(question: Question, next: HomeServer, nowMs: number): void {
    const { logger } = this.#deps;
    if (logger.isLevelEnabled('debug')) {
      const fields = { requestId: question.request.requestId, from: question.server.name, to: next.name };
      logger.debug(fields, 'the home server did not answer: the next one is asked');
    }
    triedBy(question);
    question.server.pool.giveBack(question, nowMs, 'unanswered');
    question.server = next;
    this.#begin(question, nowMs);
  }

  #choose(tried: ReadonlySet<HomeServer> | undefined, nowMs: number): HomeServer | undefined {
    const { servers, random } = this.#deps;
    return chooseServer(servers, { strategy: this.#options.strategy, tried, nowMs, random });
  }

  #otherAlive(question: Question, nowMs: number): HomeServer | undefined {
    if (question.isBound) return undefined;
    const { servers, random } = this.#deps;
    return chooseAlive(servers, { strategy: this.#options.strategy, tried: triedBy(question), nowMs, random });
  }

  #encode(question: Question): Buffer {
    const { request, server, identifier, authenticator } = question;
    const { credentials } = request;
    const hiddenPassword =
      credentials.kind === 'pap' ? hideUserPassword(credentials.password, authenticator, server.key) : undefined;
    const { nasIdentifier, loopMark } = this.#options;
    const attributes = requestAttributes(request, hiddenPassword, nasIdentifier);
    if (loopMark !== undefined) attributes.push({ type: AttributeType.proxyState, value: loopMark });
    return encodeRequest({ code: Code.accessRequest, identifier, authenticator, attributes }, server.key);
  }
}

const BLANK_PASSWORD: PrimaryResult = { kind: 'rejected', reason: 'wrong-password', attributes: [] };

// On the wire an empty password and one of NULs are the same (RFC 2865 §5.2). A home server that accepts it would open
// the door to everybody, so its Accept is not believed; to its own challenge an empty answer may be the right one.
function isBlank({ request, isBound }: Question): boolean {
  const { credentials } = request;
  return !isBound && credentials.kind === 'pap' && credentials.password.every((octet) => octet === 0);
}

// One that answers, asked by more logins than it has identifiers for.
function isCrowded({ health, pool }: HomeServer): boolean {
  return health.kind === 'alive' && pool.isOpen;
}

function noIdentifier({ name, pool }: HomeServer): string {
  if (!pool.isOpen) return `no socket towards home server ${name} can be opened`;
  return `all ${pool.capacity} identifiers towards home server ${name} are in use`;
}

function triedBy(question: Question): ReadonlySet<HomeServer> {
  question.tried ??= new Set();
  return question.tried.add(question.server);
}
