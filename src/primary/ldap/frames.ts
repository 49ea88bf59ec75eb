import { DirectoryError } from './error.ts';

const SEQUENCE = 0x30;
const LONG_FORM = 0x80;
const MAX_LENGTH_OCTETS = 4;

/** Cuts what comes from a directory into LDAP messages (RFC 4511 §5.1: BER, definite lengths), none larger than allowed. */
export class Frames {
  readonly #maxOctets: number;
  #chunks: Buffer[] = [];
  #held = 0;
  #wanted = 2;

  constructor(maxOctets: number) {
    this.#maxOctets = maxOctets;
  }

  /** Octets of a message that is not complete yet. */
  get held(): number {
    return this.#held;
  }

  /** The messages that are complete now. Throws `malformed`. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    // A large message comes in many chunks: they are put together once it is whole.
    if (this.#held < this.#wanted) return [];
    return this.#cut(this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks));
  }

  #cut(octets: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let at = 0;
    for (;;) {
      const length = this.#lengthOf(octets, at);
      if (length === undefined || at + length > octets.length) {
        this.#wanted = length ?? octets.length - at + 1;
        break;
      }
      frames.push(octets.subarray(at, at + length));
      at += length;
    }
    const rest = octets.subarray(at);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
    return frames;
  }

  // Of the whole message; `undefined` while its head is not there.
  #lengthOf(octets: Buffer, at: number): number | undefined {
    const first = octets[at + 1];
    if (octets[at] !== undefined && octets[at] !== SEQUENCE) throw malformed();
    if (first === undefined) return undefined;
    if (first < LONG_FORM) return 2 + first;
    const count = first - LONG_FORM;
    if (count === 0 || count > MAX_LENGTH_OCTETS) throw malformed();
    if (octets.length < at + 2 + count) return undefined;
    const length = 2 + count + octets.readUIntBE(at + 2, count);
    if (length > this.#maxOctets) throw new DirectoryError('malformed', 'the directory sent too large a message');
    return length;
  }
}

function malformed(): DirectoryError {
  return new DirectoryError('malformed', 'what came from the directory is no LDAP');
}
