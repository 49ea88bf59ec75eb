/*
 * Replies by key, first in first out, in memory of a fixed size that the garbage collector never walks: a busy server
 * remembers tens of thousands of replies for seconds, and as objects they were the larger part of its garbage.
 */

/** Octets of keys and replies kept at most. The system provides the memory as it is first written. */
const RING_OCTETS = 16 * 1024 * 1024;

const NONE = -1;

/** Remembers the newest replies, each until its time. */
export class ReplyRing {
  readonly #mask: number;
  readonly #maxReplies: number;
  readonly #octets: Buffer;
  // By entry: number of the reply, modulo the table's size.
  readonly #hashes: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #keyOctets: Uint16Array;
  readonly #replyOctets: Uint16Array;
  readonly #expiresAtMs: Float64Array;
  readonly #nextInBucket: Int32Array;
  readonly #buckets: Int32Array;
  #oldest = 0;
  #count = 0;
  #writeAt = 0;

  readonly #seed: number;

  /** Keeps at most `maxReplies`. With an unpredictable `seed` (32 bits) nobody can choose keys that meet in one bucket. */
  constructor(maxReplies: number, seed: number, ringOctets = RING_OCTETS) {
    this.#seed = seed;
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, maxReplies)));
    this.#mask = size - 1;
    this.#maxReplies = maxReplies;
    this.#octets = Buffer.alloc(ringOctets);
    this.#hashes = new Uint32Array(size);
    this.#starts = new Uint32Array(size);
    this.#keyOctets = new Uint16Array(size);
    this.#replyOctets = new Uint16Array(size);
    this.#expiresAtMs = new Float64Array(size);
    this.#nextInBucket = new Int32Array(size);
    this.#buckets = new Int32Array(size).fill(NONE);
  }

  /** A copy of the reply under that key, unless its time is over. Keys are latin1 text. */
  get(key: string, nowMs: number): Buffer | undefined {
    const hash = hashOf(key, this.#seed);
    for (let entry = this.#bucket(hash); entry !== NONE; entry = this.#nextInBucket[entry] ?? NONE) {
      if (this.#hashes[entry] !== hash || !this.#hasKey(entry, key)) continue;
      if (nowMs >= (this.#expiresAtMs[entry] ?? 0)) return undefined;
      const start = (this.#starts[entry] ?? 0) + (this.#keyOctets[entry] ?? 0);
      return Buffer.from(this.#octets.subarray(start, start + (this.#replyOctets[entry] ?? 0)));
    }
    return undefined;
  }

  /** Keeps a reply; the oldest ones make room. One too long for the whole ring is not kept. */
  set(key: string, reply: Buffer, expiresAtMs: number): void {
    const needed = key.length + reply.length;
    if (needed > this.#octets.length) return;
    if (this.#count >= this.#maxReplies) this.#dropOldest();
    this.#makeRoom(needed);
    const entry = (this.#oldest + this.#count) & this.#mask;
    const hash = hashOf(key, this.#seed);
    this.#octets.write(key, this.#writeAt, 'latin1');
    this.#octets.set(reply, this.#writeAt + key.length);
    this.#hashes[entry] = hash;
    this.#starts[entry] = this.#writeAt;
    this.#keyOctets[entry] = key.length;
    this.#replyOctets[entry] = reply.length;
    this.#expiresAtMs[entry] = expiresAtMs;
    this.#nextInBucket[entry] = this.#bucket(hash);
    this.#buckets[hash & this.#mask] = entry;
    this.#writeAt += needed;
    this.#count += 1;
  }

  /** Forgets everything. */
  clear(): void {
    this.#buckets.fill(NONE);
    this.#count = 0;
    this.#writeAt = 0;
  }

  // Replies lie in the ring in their order, so those in the way are always the oldest.
  #makeRoom(needed: number): void {
    if (this.#writeAt + needed > this.#octets.length) {
      while (this.#count > 0 && (this.#starts[this.#oldest] ?? 0) >= this.#writeAt) this.#dropOldest();
      this.#writeAt = 0;
    }
    const end = this.#writeAt + needed;
    while (this.#count > 0 && this.#startsWithin(this.#oldest, end)) this.#dropOldest();
  }

  #startsWithin(entry: number, end: number): boolean {
    const start = this.#starts[entry] ?? 0;
    return start >= this.#writeAt && start < end;
  }

  #dropOldest(): void {
    const entry = this.#oldest;
    const bucket = (this.#hashes[entry] ?? 0) & this.#mask;
    const after = this.#nextInBucket[entry] ?? NONE;
    let at = this.#buckets[bucket] ?? NONE;
    if (at === entry) this.#buckets[bucket] = after;
    else {
      while ((this.#nextInBucket[at] ?? NONE) !== entry) at = this.#nextInBucket[at] ?? NONE;
      this.#nextInBucket[at] = after;
    }
    this.#oldest = (entry + 1) & this.#mask;
    this.#count -= 1;
  }

  #bucket(hash: number): number {
    return this.#buckets[hash & this.#mask] ?? NONE;
  }

  #hasKey(entry: number, key: string): boolean {
    if (this.#keyOctets[entry] !== key.length) return false;
    const start = this.#starts[entry] ?? 0;
    for (let index = 0; index < key.length; index += 1) {
      if (this.#octets[start + index] !== key.charCodeAt(index)) return false;
    }
    return true;
  }
}

// FNV-1a from a secret beginning: an unsigned request of a client in migration mode may bear any authenticator.
function hashOf(key: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
