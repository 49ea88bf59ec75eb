import type { Account, AccountingOutcome } from '../accounting/index.ts';
import type { Clock } from '../lib/clock.ts';
import { plainAddress } from '../lib/ip.ts';
import type { Logger } from '../lib/logger.ts';
import type { Counter, Metrics } from '../lib/metrics.ts';
import type { Random } from '../lib/random.ts';
import {
  allValues,
  AttributeType,
  Code,
  encodeReply,
  verifyHashedRequest,
  verifyRequest,
  type Packet,
} from '../radius/index.ts';
import type { ClientTable, RadiusClient } from './clients.ts';
import { decodeOrNothing } from './decode.ts';
import { DropLog } from './drop-log.ts';
import type { DropReason } from './drop.ts';
import { duplicateKey, Duplicates, type DuplicatesOptions } from './duplicates.ts';
import type { Peer, Receive, Sender } from './listener.ts';
import { createRequestIds } from './request-id.ts';

export interface AccountingExchangeDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clients: ClientTable;
  readonly account: Account;
}

export interface AccountingExchangeOptions extends Omit<DuplicatesOptions, 'seed'> {
  /** Requests worked on at the same time; over that, new ones get silence. */
  readonly maxInFlight: number;
}

interface Arrival {
  readonly datagram: Buffer;
  readonly peer: Peer;
  readonly listener: Sender;
}

/**
 * The way of one Accounting-Request, in the same order as that of a login: client, decode, verify, dedupe, account, reply.
 * What is not authentic, not wanted, or was not answered by those who have to know it, gets silence (RFC 2866 §2).
 */
export class AccountingExchange {
  readonly #deps: AccountingExchangeDeps;
  readonly #options: AccountingExchangeOptions;
  readonly #duplicates: Duplicates;
  readonly #drops: DropLog;
  readonly #outcomes: Counter;
  readonly #repeated: Counter;
  readonly #nextId: () => string;
  #isStopping = false;

  constructor(deps: AccountingExchangeDeps, options: AccountingExchangeOptions) {
    const { clock, metrics, random } = deps;
    this.#deps = deps;
    this.#options = options;
    this.#duplicates = new Duplicates(clock, { ...options, seed: random.octets(4).readUInt32BE(0) });
    this.#drops = new DropLog(deps);
    this.#nextId = createRequestIds(random);
    this.#repeated = metrics.counter('duplicates_total', 'Retransmissions of known requests', ['kind']);
    this.#outcomes = metrics.counter('accounting_requests_total', 'Accounting-Requests, by what became of them', [
      'client',
      'outcome',
    ]);
  }

  /** Takes one datagram; never throws. */
  readonly receive: Receive = (datagram, peer, listener) => {
    const client = peer.link === undefined ? this.#deps.clients.find(peer.address) : peer.link.client;
    try {
      const objection = client === undefined ? 'unknown-client' : this.#take({ datagram, peer, listener }, client);
      if (objection !== undefined) this.#drops.drop(objection, peer, client?.config.name);
      return objection;
    } catch (error) {
      this.#drops.drop('internal-error', peer, client?.config.name, error);
      return 'internal-error';
    }
  };

  /** Takes no new requests. What is open may still be answered; the NAS sends it again elsewhere. */
  stop(): void {
    this.#isStopping = true;
    this.#duplicates.clear();
  }

  #take(arrival: Arrival, client: RadiusClient): DropReason | undefined {
    const packet = decodeOrNothing(arrival.datagram);
    if (packet === undefined) return 'malformed';
    if (packet.code === Code.statusServer) return this.#answerStatus(packet, client, arrival);
    if (packet.code !== Code.accountingRequest) return 'code-unsupported';
    const check = verifyHashedRequest(arrival.datagram, packet, client.key);
    if (check !== 'valid') {
      return check === 'authenticator-wrong' ? 'accounting-authenticator-wrong' : 'message-authenticator-wrong';
    }
    if (client.config.accounting === undefined) return 'accounting-unwanted';

    const key = duplicateKey(packet, arrival.peer);
    const seen = this.#duplicates.find(key);
    if (seen.kind !== 'new') {
      this.#repeated.add({ kind: seen.kind });
      if (seen.kind === 'answered') arrival.listener.send(seen.reply, arrival.peer);
      return undefined;
    }
    if (this.#isStopping) return 'stopping';
    if (this.#duplicates.runningCount >= this.#options.maxInFlight) return 'overload';
    this.#duplicates.begin(key);
    this.#answer({ packet, client, arrival, key }).catch((error: unknown) => {
      this.#duplicates.forget(key);
      this.#drops.drop('internal-error', arrival.peer, client.config.name, error);
    });
    return undefined;
  }

  async #answer(open: { packet: Packet; client: RadiusClient; arrival: Arrival; key: string }): Promise<void> {
    const { packet, client, arrival, key } = open;
    const { account, clock, logger } = this.#deps;
    const id = this.#nextId();
    const outcome = await account({
      id,
      client: client.config,
      clientAddress: plainAddress(arrival.peer.address),
      receivedMs: clock.monotonicMs(),
      attributes: packet.attributes,
    });
    this.#outcomes.add({ client: client.config.name, outcome });
    logger.debug({ requestId: id, client: client.config.name, outcome }, 'accounting');
    if (outcome === 'queue-full') this.#drops.drop('accounting-queue-full', arrival.peer, client.config.name);
    if (!isAnswered(outcome)) {
      this.#duplicates.forget(key);
      return;
    }
    const reply = encodeResponse(packet, client, { messageAuthenticator: false });
    this.#duplicates.settle(key, reply, client.config.duplicateSeconds);
    arrival.listener.send(reply, arrival.peer);
  }

  // RFC 5997 §4.2: at an accounting port the answer is an Accounting-Response.
  #answerStatus(packet: Packet, client: RadiusClient, { datagram, peer, listener }: Arrival): DropReason | undefined {
    const check = verifyRequest(datagram, packet, client.key);
    if (check === 'missing') return 'status-server-unsigned';
    if (check !== 'valid') return `message-authenticator-${check}`;
    if (this.#isStopping) return 'stopping';
    listener.send(encodeResponse(packet, client, { messageAuthenticator: true }), peer);
    return undefined;
  }
}

function isAnswered(outcome: AccountingOutcome): boolean {
  return outcome === 'kept' || outcome === 'queued' || outcome === 'relayed';
}

// All Proxy-State in order (RFC 2865 §5.33); nothing else is of use in it (RFC 2866 §4.2).
function encodeResponse(
  { identifier, authenticator, attributes }: Packet,
  { key }: RadiusClient,
  options: { readonly messageAuthenticator: boolean },
): Buffer {
  const proxyStates = allValues(attributes, AttributeType.proxyState).map((value) => ({
    type: AttributeType.proxyState,
    value,
  }));
  const reply = { code: Code.accountingResponse, identifier, attributes: proxyStates };
  return encodeReply(reply, authenticator, key, options);
}
