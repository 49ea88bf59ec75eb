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

// RFC 1321 §3.4: T[i] = 2^32 × |sin(i + 1)|.
const SINES = Int32Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32) | 0);

const words = new Int32Array(16);
const running = new Int32Array(4);
const last = new Uint8Array(BLOCK_OCTETS);
const lastWords = new DataView(last.buffer);

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
  for (let index = 0; index < 4; index += 1) running[index] = start[index] ?? 0;
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
  const rest = to - from;
  for (let index = 0; index < rest; index += 1) last[index] = source[from + index] ?? 0;
  last[rest] = 0x80;
  for (let index = rest + 1; index < BLOCK_OCTETS; index += 1) last[index] = 0;
  for (let index = 0; index < 16; index += 1) words[index] = lastWords.getInt32(index * 4, true);
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

// RFC 1321 §3.4, four steps at a time: the words then change places by themselves. One loop over all steps, which asks
// each time what round it is in, takes some tenth longer.
function compress(state: Md5State): void {
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  for (let i = 0; i < 16; i += 4) {
    a = (rotated(a + (d ^ (b & (c ^ d))) + (SINES[i] ?? 0) + (words[i] ?? 0), 7) + b) | 0;
    d = (rotated(d + (c ^ (a & (b ^ c))) + (SINES[i + 1] ?? 0) + (words[i + 1] ?? 0), 12) + a) | 0;
    c = (rotated(c + (b ^ (d & (a ^ b))) + (SINES[i + 2] ?? 0) + (words[i + 2] ?? 0), 17) + d) | 0;
    b = (rotated(b + (a ^ (c & (d ^ a))) + (SINES[i + 3] ?? 0) + (words[i + 3] ?? 0), 22) + c) | 0;
  }
  for (let i = 16; i < 32; i += 4) {
    a = (rotated(a + (c ^ (d & (b ^ c))) + (SINES[i] ?? 0) + (words[(5 * i + 1) & 15] ?? 0), 5) + b) | 0;
    d = (rotated(d + (b ^ (c & (a ^ b))) + (SINES[i + 1] ?? 0) + (words[(5 * i + 6) & 15] ?? 0), 9) + a) | 0;
    c = (rotated(c + (a ^ (b & (d ^ a))) + (SINES[i + 2] ?? 0) + (words[(5 * i + 11) & 15] ?? 0), 14) + d) | 0;
    b = (rotated(b + (d ^ (a & (c ^ d))) + (SINES[i + 3] ?? 0) + (words[(5 * i + 16) & 15] ?? 0), 20) + c) | 0;
  }
  for (let i = 32; i < 48; i += 4) {
    a = (rotated(a + (b ^ c ^ d) + (SINES[i] ?? 0) + (words[(3 * i + 5) & 15] ?? 0), 4) + b) | 0;
    d = (rotated(d + (a ^ b ^ c) + (SINES[i + 1] ?? 0) + (words[(3 * i + 8) & 15] ?? 0), 11) + a) | 0;
    c = (rotated(c + (d ^ a ^ b) + (SINES[i + 2] ?? 0) + (words[(3 * i + 11) & 15] ?? 0), 16) + d) | 0;
    b = (rotated(b + (c ^ d ^ a) + (SINES[i + 3] ?? 0) + (words[(3 * i + 14) & 15] ?? 0), 23) + c) | 0;
  }
  for (let i = 48; i < 64; i += 4) {
    a = (rotated(a + (c ^ (b | ~d)) + (SINES[i] ?? 0) + (words[(7 * i) & 15] ?? 0), 6) + b) | 0;
    d = (rotated(d + (b ^ (a | ~c)) + (SINES[i + 1] ?? 0) + (words[(7 * i + 7) & 15] ?? 0), 10) + a) | 0;
    c = (rotated(c + (a ^ (d | ~b)) + (SINES[i + 2] ?? 0) + (words[(7 * i + 14) & 15] ?? 0), 15) + d) | 0;
    b = (rotated(b + (d ^ (c | ~a)) + (SINES[i + 3] ?? 0) + (words[(7 * i + 21) & 15] ?? 0), 21) + c) | 0;
  }
  state[0] = ((state[0] ?? 0) + a) | 0;
  state[1] = ((state[1] ?? 0) + b) | 0;
  state[2] = ((state[2] ?? 0) + c) | 0;
  state[3] = ((state[3] ?? 0) + d) | 0;
}

// Small, and what it is given is written out above: so the compiler still puts all of it in line.
function rotated(sum: number, bits: number): number {
  return (sum << bits) | (sum >>> (32 - bits));
}
