const IDENTIFIERS = 256;

/**
 * How long an identifier rests after a question that nobody answered. A late reply could not pass for another one (each
 * question has its own authenticator), but a server that is only slow should not find the identifier in use again.
 */
export const REST_MS = 5_000;

/** A queue of at most 256 octets. */
class OctetQueue {
  readonly #octets = new Uint8Array(IDENTIFIERS);
  #head = 0;
  length = 0;

  push(octet: number): void {
    this.#octets[(this.#head + this.length) & 0xff] = octet;
    this.length += 1;
  }

  get first(): number {
    return this.#octets[this.#head] ?? 0;
  }

  shift(): number {
    const octet = this.first;
    this.#head = (this.#head + 1) & 0xff;
    this.length -= 1;
    return octet;
  }
}

/** The 256 identifiers of one socket (RFC 2865 §3), handed out in constant time, the longest unused one first. */
export class IdentifierPool {
  readonly #free = new OctetQueue();
  readonly #resting = new OctetQueue();
  readonly #restedMs = new Float64Array(IDENTIFIERS);

  constructor() {
    for (let identifier = 0; identifier < IDENTIFIERS; identifier += 1) this.#free.push(identifier);
  }

  /** Identifiers that can be taken at once. */
  get freeCount(): number {
    return this.#free.length;
  }

  /** An identifier, or `undefined` when all are in use or resting. */
  take(nowMs: number): number | undefined {
    while (this.#resting.length > 0 && (this.#restedMs[this.#resting.first] ?? 0) <= nowMs) {
      this.#free.push(this.#resting.shift());
    }
    return this.#free.length > 0 ? this.#free.shift() : undefined;
  }

  /** Gives back an identifier whose question was answered. */
  release(identifier: number): void {
    this.#free.push(identifier);
  }

  /** Gives back an identifier whose question was not answered: it rests for `REST_MS`. */
  retire(identifier: number, nowMs: number): void {
    this.#restedMs[identifier] = nowMs + REST_MS;
    this.#resting.push(identifier);
  }
}
