import type { CountryCode } from 'libphonenumber-js/max';
import type { Pdu } from 'smpp';
import type { InboundText } from '../../factors/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { senderNumber } from './address.ts';
import { Joiner } from './joiner.ts';
import { partOf } from './part.ts';
import { textOf } from './receipt.ts';

/** Longer messages are no answers; their rest is dropped. */
const MAX_CHARACTERS = 1_000;

/** What makes texts of the messages that come in. */
export class Inbound {
  readonly #joiner: Joiner;
  readonly #country: CountryCode | undefined;

  /** `country`: where numbers without one belong to. */
  constructor(clock: Clock, country: string | undefined) {
    this.#joiner = new Joiner(clock);
    this.#country = country as CountryCode | undefined;
  }

  /** Whose text is complete with this message; otherwise a sentence for the log. */
  take(pdu: Pdu): Omit<InboundText, 'gateway'> | string {
    const address = { ton: pdu.source_addr_ton ?? 0, npi: pdu.source_addr_npi ?? 0, address: pdu.source_addr ?? '' };
    const from = senderNumber(address, this.#country);
    if (from === undefined) return 'a message came in from something that is no phone number';
    const part = partOf(pdu);
    const text = part === undefined ? textOf(pdu) : this.#joiner.take(from, part, textOf(pdu));
    if (text === undefined) return 'a part of a text came in that is not complete';
    return { from, text: text.slice(0, MAX_CHARACTERS) };
  }
}
