import type { Clock } from '../lib/clock.ts';
import type { Packet } from '../radius/index.ts';
import type { Peer } from './listener.ts';
import { ReplyRing } from './reply-ring.ts';

/** What is known of a request that may have come before. */
export type Seen =
  | { readonly kind: 'new' }
  /** It is being worked on: silence. */
  | { readonly kind: 'running' }
  /** It was answered: these octets again. */
  | { readonly kind: 'answered'; readonly reply: Buffer };

export interface DuplicatesOptions {
  /** Answers kept at most; the oldest are given up first. */
  readonly maxAnswered: number;
  /** 32 unpredictable bits. */
  readonly seed: number;
}

/** Recognises retransmissions (RFC 5080 §2.2.2). Holds verified requests only: a stranger must not occupy it. */
export class Duplicates {
  readonly #running = new Set<string>();
  readonly #answered: ReplyRing;
  readonly #clock: Clock;

  constructor(clock: Clock, options: DuplicatesOptions) {
    this.#clock = clock;
    this.#answered = new ReplyRing(options.maxAnswered, options.seed);
  }

  /** Requests being worked on. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** What became of the request of that key. */
  find(key: string): Seen {
    if (this.#running.has(key)) return running;
    const reply = this.#answered.get(key, this.#clock.monotonicMs());
    return reply === undefined ? unseen : { kind: 'answered', reply };
  }

  /** From now on it is running, until `settle` or `forget`. */
  begin(key: string): void {
    this.#running.add(key);
  }

  /** It was answered with these octets, which are kept that long (RFC 5080 §2.2.2). */
  settle(key: string, reply: Buffer, keptSeconds: number): void {
    this.#running.delete(key);
    this.#answered.set(key, reply, this.#clock.monotonicMs() + keptSeconds * 1000);
  }

  /** It ended without an answer: a retransmission is worked on again. */
  forget(key: string): void {
    this.#running.delete(key);
  }

  /** Gives up everything. */
  clear(): void {
    this.#running.clear();
    this.#answered.clear();
  }
}

const unseen: Seen = { kind: 'new' };
const running: Seen = { kind: 'running' };

/**
 * The key of a request: request authenticator, identifier, source port and address, and the connection if there is one. Built as one short string,
 * twice as fast as hexadecimal text with separators; the fixed lengths before the address keep it unambiguous.
 */
export function duplicateKey(packet: Packet, peer: Peer): string {
  const { port, address, link } = peer;
  const fixed = String.fromCharCode(port >> 8, port & 0xff, packet.identifier);
  const key = packet.authenticator.toString('latin1') + fixed + address;
  return link === undefined ? key : `${key}#${link.name}`;
}
