import { createBoundedCache, type BoundedCache } from '../../lib/bounded-cache.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Part } from './part.ts';

/** As many as we send ourselves. */
const MAX_PARTS = 10;

/** No network carries more in one message: 160 septets, or 254 octets by SMPP. */
const MAX_PART_CHARACTERS = 255;

/** Senders with a text that is not complete. */
const MAX_SENDERS = 500;

/** Whoever answers a login does not wait longer. */
const KEPT_MS = 120_000;

/** A text that is not complete. */
interface Open {
  readonly reference: string;
  readonly texts: Map<number, string>;
}

/** Puts the parts of long texts together: one text of one sender at a time, for two minutes. */
export class Joiner {
  readonly #open: BoundedCache<string, Open>;

  constructor(clock: Clock) {
    this.#open = createBoundedCache({ maxEntries: MAX_SENDERS, lifetime: { ms: KEPT_MS, clock } });
  }

  /** The whole text, once all of it is here; `undefined`: there is more to come, or it is no part of anything. */
  take(from: string, { reference, total, number }: Part, text: string): string | undefined {
    if (number < 1 || number > total || total > MAX_PARTS || text.length > MAX_PART_CHARACTERS) return undefined;
    if (total === 1) return text;
    const { texts } = this.#textOf(from, `${reference} ${total}`, (open) => fits(open, number, text));
    texts.set(number, text);
    if (texts.size < total) return undefined;
    this.#open.delete(from);
    return Array.from({ length: total }, (_, index) => texts.get(index + 1)).join('');
  }

  #textOf(from: string, reference: string, isWanted: (open: Open) => boolean): Open {
    const open = this.#open.get(from);
    if (open?.reference === reference && isWanted(open)) return open;
    const begun: Open = { reference, texts: new Map() };
    this.#open.set(from, begun);
    return begun;
  }
}

// The same part with other words belongs to a later text, whose reference is the same by chance.
function fits({ texts }: Open, number: number, text: string): boolean {
  return (texts.get(number) ?? text) === text;
}
