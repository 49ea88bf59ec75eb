import type { Decide, Decision } from '../access/index.ts';
import type { Clock } from '../lib/clock.ts';
import { plainAddress } from '../lib/ip.ts';
import type { Logger } from '../lib/logger.ts';
import type { Counter, Metrics } from '../lib/metrics.ts';
import type { Random } from '../lib/random.ts';
import { Code, decodePacket, type Packet } from '../radius/index.ts';
import type { ClientTable, RadiusClient } from './clients.ts';
import { contentsForReply, readContents, readCredentials, type Contents } from './contents.ts';
import { decodeOrNothing } from './decode.ts';
import { DropLog } from './drop-log.ts';
import type { DropReason } from './drop.ts';
import { duplicateKey, Duplicates, type DuplicatesOptions } from './duplicates.ts';
import { judgeGenuine } from './genuine.ts';
import type { Peer, Receive, Sender } from './listener.ts';
import { encodeFailure, encodeStatus, encodeVerdict, type Answer } from './reply.ts';
import { createRequestIds } from './request-id.ts';
import { UnsignedClients } from './unsigned.ts';
import { VerdictLog } from './verdict-log.ts';
import { OpenRequest, WireRequest } from './wire-request.ts';

/** The text of a packet for the log at `trace`, hidden values masked. */
export type DumpPacket = (packet: Packet) => string;

export interface ExchangeDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clients: ClientTable;
  readonly decide: Decide;
  readonly dumpPacket: DumpPacket;
}

export interface ExchangeOptions extends Omit<DuplicatesOptions, 'seed'> {
  /** Requests worked on at the same time; over that, new ones get silence. */
  readonly maxInFlight: number;
}

interface Arrival {
  readonly datagram: Buffer;
  readonly peer: Peer;
  /** Where it came in, and the reply goes out. */
  readonly listener: Sender;
  readonly receivedMs: number;
}

/**
 * The way of one datagram, in the order that is the security design: nothing unverified is remembered, nothing
 * unauthentic is answered, and nothing that a datagram holds makes it throw.
 */
export class Exchange {
  readonly #deps: ExchangeDeps;
  readonly #options: ExchangeOptions;
  readonly #duplicates: Duplicates;
  readonly #drops: DropLog;
  readonly #unsigned: UnsignedClients;
  readonly #verdicts: VerdictLog;
  readonly #repeated: Counter;
  readonly #statusAnswers: Counter;
  readonly #nextId: () => string;
  #isStopping = false;
  #onDrained: (() => void) | undefined;

  constructor(deps: ExchangeDeps, options: ExchangeOptions) {
    const { clock, metrics, random } = deps;
    this.#deps = deps;
    this.#options = options;
    this.#duplicates = new Duplicates(clock, { ...options, seed: random.octets(4).readUInt32BE(0) });
    this.#drops = new DropLog(deps);
    this.#unsigned = new UnsignedClients(deps);
    this.#verdicts = new VerdictLog(deps);
    this.#nextId = createRequestIds(random);
    this.#repeated = metrics.counter('duplicates_total', 'Retransmissions of known requests', ['kind']);
    this.#statusAnswers = metrics.counter('status_server_total', 'Status-Server requests answered', ['client']);
    metrics.gauge('requests_in_flight', 'Requests being worked on', () => this.#duplicates.runningCount);
  }

  /** Takes one datagram; never throws. */
  readonly receive: Receive = (datagram, peer, listener) => {
    const arrival = { datagram, peer, listener, receivedMs: this.#deps.clock.monotonicMs() };
    const client = peer.link === undefined ? this.#deps.clients.find(peer.address) : peer.link.client;
    try {
      const objection = client === undefined ? 'unknown-client' : this.#take(arrival, client);
      if (objection !== undefined) this.#drops.drop(objection, peer, client?.config.name);
      return objection;
    } catch (error) {
      // A bug here, met by a datagram of anybody: the server goes on.
      this.#drops.drop('internal-error', peer, client?.config.name, error);
      return 'internal-error';
    }
  };

  // From octets to an open request. Gives the reason for silence; `undefined`: seen to, now or later.
  #take(arrival: Arrival, client: RadiusClient): DropReason | undefined {
    const packet = decodeOrNothing(arrival.datagram);
    if (packet === undefined) return 'malformed';

    const contents = readContents(packet);
    const genuineness = judgeGenuine(arrival.datagram, packet, contents, client);
    if (genuineness !== 'signed' && genuineness !== 'unsigned') return genuineness;
    if (client.config.messageAuthenticator === 'when-present' && client.config.tls === undefined) {
      this.#unsigned.note(client.config.name, genuineness === 'signed');
    }

    if (packet.code === Code.statusServer) return this.#answerStatus(packet, contents, client, arrival);

    const key = duplicateKey(packet, arrival.peer);
    const seen = this.#duplicates.find(key);
    if (seen.kind !== 'new') {
      this.#repeated.add({ kind: seen.kind });
      if (seen.kind === 'answered') arrival.listener.send(seen.reply, arrival.peer);
      return undefined;
    }

    if (this.#isStopping) return 'stopping';
    if (this.#duplicates.runningCount >= this.#options.maxInFlight) return 'overload';
    const credentials = readCredentials(contents, packet, client.key);
    if (typeof credentials === 'string') return credentials;
    if (contents.hasSeveralStates) return 'state-repeated';

    const { peer, listener, receivedMs } = arrival;
    const facts = {
      id: this.#nextId(),
      client,
      clientAddress: plainAddress(peer.address),
      receivedMs,
      credentials,
      state: contents.state,
    };
    const request = new OpenRequest({
      client,
      identifier: packet.identifier,
      contents: contentsForReply(contents),
      duplicateKey: key,
      peer,
      listener,
      access: new WireRequest(facts, packet, arrival.datagram),
    });
    this.#duplicates.begin(key);
    this.#trace(request, packet, 'received');
    void this.#answer(request);
    return undefined;
  }

  /** Takes no new requests; resolves when those being worked on are answered, or after `drainSeconds`. */
  async stop(drainSeconds: number): Promise<void> {
    this.#isStopping = true;
    if (this.#duplicates.runningCount > 0) await this.#drained(drainSeconds);
    this.#duplicates.clear();
  }

  /** After a reload: forgets what it knows of clients that are gone. */
  keepOnly(clientNames: ReadonlySet<string>): void {
    this.#unsigned.keepOnly(clientNames);
  }

  // From decision to reply. The only place where exceptions of all that decides are caught: failing closed.
  async #answer(request: OpenRequest): Promise<void> {
    const { clock, decide, logger } = this.#deps;
    const { id, receivedMs } = request.access;
    try {
      let decision: Decision;
      try {
        decision = await decide(request.access);
      } catch (error) {
        logger.error({ error, requestId: id }, 'the decision failed: rejected');
        decision = { verdict: failure(id) };
      }
      const durationMs = clock.monotonicMs() - receivedMs;
      this.#verdicts.write(request, decision, durationMs);
      const { verdict } = decision;
      if (verdict.kind === 'silence') {
        this.#forget(request);
        return;
      }
      const reply = this.#encode(verdict, request);
      const delayMs = verdict.kind === 'reject' ? request.client.config.rejectDelaySeconds * 1000 - durationMs : 0;
      if (delayMs <= 0) this.#settle(request, reply);
      else clock.setTimer(delayMs, () => this.#settleLate(request, reply));
    } catch (error) {
      this.#giveUp(request, error);
    }
  }

  // Nobody waits for a timer: what it throws would end the program.
  #settleLate(request: OpenRequest, reply: Buffer): void {
    try {
      this.#settle(request, reply);
    } catch (error) {
      this.#giveUp(request, error);
    }
  }

  #giveUp(request: OpenRequest, error: unknown): void {
    this.#forget(request);
    this.#deps.logger.error({ error, requestId: request.access.id }, 'the reply failed: nothing was sent');
  }

  #encode(verdict: Answer, request: OpenRequest): Buffer {
    const { logger, random } = this.#deps;
    try {
      return encodeVerdict(verdict, request, random);
    } catch (error) {
      const { id } = request.access;
      logger.error({ error, requestId: id, verdict: verdict.kind }, 'the reply cannot be encoded: rejected');
      return encodeFailure(failure(id), request, random);
    }
  }

  #settle(request: OpenRequest, reply: Buffer): void {
    this.#duplicates.settle(request.duplicateKey, reply, request.client.config.duplicateSeconds);
    request.listener.send(reply, request.peer);
    if (this.#deps.logger.isLevelEnabled('trace')) this.#trace(request, decodePacket(reply), 'sent');
    this.#noteDrained();
  }

  #forget(request: OpenRequest): void {
    this.#duplicates.forget(request.duplicateKey);
    this.#noteDrained();
  }

  // A stopping server gives no sign of life, so that its clients turn to another one.
  #answerStatus(packet: Packet, contents: Contents, client: RadiusClient, arrival: Arrival): DropReason | undefined {
    if (this.#isStopping) return 'stopping';
    const { identifier, authenticator: requestAuthenticator } = packet;
    const reply = encodeStatus({ client, identifier, requestAuthenticator, contents });
    this.#statusAnswers.add({ client: client.config.name });
    arrival.listener.send(reply, arrival.peer);
    return undefined;
  }

  #trace({ access, client }: OpenRequest, packet: Packet, direction: 'received' | 'sent'): void {
    const { logger, dumpPacket } = this.#deps;
    if (!logger.isLevelEnabled('trace')) return;
    const fields = { requestId: access.id, client: client.config.name };
    try {
      logger.trace({ ...fields, packet: dumpPacket(packet) }, direction);
    } catch (error) {
      logger.trace({ ...fields, error }, `${direction}, but it cannot be shown`);
    }
  }

  #drained(drainSeconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#deps.clock.setTimer(drainSeconds * 1000, resolve);
      this.#onDrained = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #noteDrained(): void {
    if (this.#isStopping && this.#duplicates.runningCount === 0) this.#onDrained?.();
  }
}

function failure(requestId: string): Extract<Answer, { kind: 'reject' }> {
  const message = `Login is not possible at the moment. Please try again later. [${requestId}]`;
  return { kind: 'reject', reason: 'internal-error', message, attributes: [] };
}
