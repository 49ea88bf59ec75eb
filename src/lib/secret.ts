import { inspect } from 'node:util';

const PRINTED = '[secret]';

/** Octets that cannot print themselves: in logs, JSON, templates and the debugger they read `[secret]`. */
export class Secret {
  readonly #octets: Buffer;

  private constructor(octets: Buffer) {
    this.#octets = octets;
  }

  /** A secret of the UTF-8 octets of `text`. */
  static fromText(text: string): Secret {
    return new Secret(Buffer.from(text, 'utf8'));
  }

  /** A secret of a copy of `octets`. */
  static fromOctets(octets: Uint8Array): Secret {
    return new Secret(Buffer.from(octets));
  }

  /** Number of octets. */
  get length(): number {
    return this.#octets.length;
  }

  /** The octets themselves: call it where they are used, keep no copy. */
  reveal(): Buffer {
    return this.#octets;
  }

  /** `[secret]`. */
  toString(): string {
    return PRINTED;
  }

  /** `[secret]`. */
  toJSON(): string {
    return PRINTED;
  }

  [inspect.custom](): string {
    return PRINTED;
  }
}
