/*
 * MD5 (RFC 1321) on a resumable state. RADIUS hashes a handful of short blocks a packet; a call into the
 * platform's hash costs more than the hashing itself, and cannot start from the saved state of an HMAC key.
 */

/** The four words of an MD5 computation, after whole blocks. */
export type Md5State = Int32Array;

/** Octets of one block. */
export const BLOCK_OCTETS = 64;

/** Octets of a digest. */
export const DIGEST_OCTETS = 16;

const INITIAL = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476);

// RFC 1321 §3.4: T[i] = 2^32 × |sin(i + 1)|, and the four rotations of each round.
const SINES = Int32Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32) | 0);
const ROTATIONS = Int32Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);

const words = new Int32Array(16);
const running = new Int32Array(4);

/** The state after exactly one block, to start later computations from (HMAC keys). */
export function md5AfterBlock(block: Uint8Array): Md5State {
  const state = Int32Array.from(INITIAL);
  loadBlock(block, 0);
  compress(state);
  return state;
}

/**
 * Writes the digest of `source[0, length)` to `target` at `offset`.
 * `start` and `startOctets` continue a saved state; `startOctets` is a multiple of 64.
 */
export function md5Into(
  target: Uint8Array,
  offset: number,
  source: Uint8Array,
  length: number,
  start: Md5State = INITIAL,
  startOctets = 0,
): void {
  running.set(start);
  let position = 0;
  for (; position + BLOCK_OCTETS <= length; position += BLOCK_OCTETS) {
    loadBlock(source, position);
    compress(running);
  }
  finish(source, position, length, startOctets + length);
  for (let index = 0; index < DIGEST_OCTETS; index += 1) {
    target[offset + index] = (running[index >> 2] ?? 0) >>> ((index & 3) * 8);
  }
}

// The bit count is below 2^32 here: a packet has at most 4096 octets.
function finish(source: Uint8Array, from: number, to: number, totalOctets: number): void {
  words.fill(0);
  const rest = to - from;
  for (let index = 0; index < rest; index += 1) {
    words[index >> 2] = (words[index >> 2] ?? 0) | ((source[from + index] ?? 0) << ((index & 3) * 8));
  }
  words[rest >> 2] = (words[rest >> 2] ?? 0) | (0x80 << ((rest & 3) * 8));
  if (rest >= 56) {
    compress(running);
    words.fill(0);
  }
  words[14] = totalOctets * 8;
  compress(running);
}

function loadBlock(source: Uint8Array, position: number): void {
  for (let index = 0, at = position; index < 16; index += 1, at += 4) {
    words[index] =
      (source[at] ?? 0) | ((source[at + 1] ?? 0) << 8) | ((source[at + 2] ?? 0) << 16) | ((source[at + 3] ?? 0) << 24);
  }
}

function compress(state: Md5State): void {
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  for (let step = 0; step < 64; step += 1) {
    const round = step >> 4;
    let mixed: number;
    let word: number;
    if (round === 0) {
      mixed = d ^ (b & (c ^ d));
      word = step;
    } else if (round === 1) {
      mixed = c ^ (d & (b ^ c));
      word = (5 * step + 1) & 15;
    } else if (round === 2) {
      mixed = b ^ c ^ d;
      word = (3 * step + 5) & 15;
    } else {
      mixed = c ^ (b | ~d);
      word = (7 * step) & 15;
    }
    const rotation = ROTATIONS[(round << 2) | (step & 3)] ?? 0;
    const sum = (a + mixed + (SINES[step] ?? 0) + (words[word] ?? 0)) | 0;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << rotation) | (sum >>> (32 - rotation)))) | 0;
  }
  state[0] = ((state[0] ?? 0) + a) | 0;
  state[1] = ((state[1] ?? 0) + b) | 0;
  state[2] = ((state[2] ?? 0) + c) | 0;
  state[3] = ((state[3] ?? 0) + d) | 0;
}
