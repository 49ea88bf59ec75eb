import type { Secret } from '../lib/secret.ts';
import { BLOCK_OCTETS, DIGEST_OCTETS, md5AfterBlock, md5Into, type Md5State } from './md5.ts';

/** A shared secret made ready for hashing: make it once per client or home server. It cannot print itself. */
export class SharedKey {
  readonly #secret: Buffer;
  readonly #inner: Md5State;
  readonly #outer: Md5State;

  constructor(secret: Secret) {
    this.#secret = secret.reveal();
    const block = hmacBlock(this.#secret);
    this.#inner = md5AfterBlock(block.map((octet) => octet ^ 0x36));
    this.#outer = md5AfterBlock(block.map((octet) => octet ^ 0x5c));
  }

  /** Writes HMAC-MD5 (RFC 2104) of `source[0, length)` to `target` at `offset`. */
  hmacInto(target: Uint8Array, offset: number, source: Uint8Array, length: number): void {
    md5Into(inner, 0, source, length, this.#inner, BLOCK_OCTETS);
    md5Into(target, offset, inner, DIGEST_OCTETS, this.#outer, BLOCK_OCTETS);
  }

  /** Writes MD5(`scratch[0, length)` ‖ secret) to `target` at `offset`; `scratch` needs room for the secret. */
  digestBeforeSecretInto(target: Uint8Array, offset: number, scratch: Uint8Array, length: number): void {
    scratch.set(this.#secret, length);
    md5Into(target, offset, scratch, length + this.#secret.length);
    scratch.fill(0, length, length + this.#secret.length);
  }

  /** Writes MD5(secret ‖ first ‖ second) to `target`: the key stream of hidden attributes. */
  keyStreamInto(target: Uint8Array, first: Uint8Array, second?: Uint8Array): void {
    const secretOctets = this.#secret.length;
    const length = secretOctets + first.length + (second?.length ?? 0);
    const source = length <= stream.length ? stream : new Uint8Array(length);
    source.set(this.#secret);
    source.set(first, secretOctets);
    if (second !== undefined) source.set(second, secretOctets + first.length);
    md5Into(target, 0, source, length);
    source.fill(0, 0, length);
  }

  /** Octets of the secret. */
  get length(): number {
    return this.#secret.length;
  }
}

const inner = new Uint8Array(DIGEST_OCTETS);
const stream = new Uint8Array(512);

/** Makes a shared secret ready for hashing. */
export function createSharedKey(secret: Secret): SharedKey {
  return new SharedKey(secret);
}

function hmacBlock(secret: Buffer): Uint8Array {
  const block = new Uint8Array(BLOCK_OCTETS);
  if (secret.length > BLOCK_OCTETS) md5Into(block, 0, secret, secret.length);
  else block.set(secret);
  return block;
}
