import smpp from 'smpp';

/** Octets of user data in one message of a mobile network (3GPP TS 23.040 §9.2.3.24): 160 septets. */
const GSM_LONE = 160;
/** With the header of a part in front: 153 septets. */
const GSM_PART = 153;
const UCS2_LONE = 140;
const UCS2_PART = 134;

/** Ten messages for one text are somebody's mistake, and expensive. */
const MAX_PARTS = 10;

const GSM_ESCAPE = 0x1b;

/** 3GPP TS 23.040 §9.2.3.24.1: concatenated messages, reference of one octet. */
const CONCATENATION = [0x05, 0x00, 0x03];

/** SMPP 3.4 §5.2.12: the short message begins with a user data header. */
const ESM_UDH = 0x40;

/** SMPP 3.4 §5.2.19. */
const DATA_CODING = { gsm: 0, ucs2: 8 } as const;

/** How a text goes into messages: by headers that phones put together, or whole, for the SMSC to divide. */
export type LongMessages = 'udh' | 'payload';

/** The fields of `submit_sm` that carry a text or a part of one. */
export interface TextFields {
  readonly data_coding: number;
  readonly esm_class: number;
  readonly short_message: Buffer;
  readonly message_payload?: Buffer;
}

/**
 * A text as messages: the GSM alphabet where it has every character, one septet an octet; UCS-2 otherwise.
 * `reference` (0 to 255) tells parts of different texts apart. `undefined`: more than ten messages.
 */
export function splitText(text: string, how: LongMessages, reference: number): TextFields[] | undefined {
  const isGsm = smpp.encodings.ASCII.match(text) && !text.includes('\u001b');
  const octets = isGsm ? smpp.encodings.ASCII.encode(text) : smpp.encodings.UCS2.encode(text);
  const data_coding = isGsm ? DATA_CODING.gsm : DATA_CODING.ucs2;
  if (octets.length <= (isGsm ? GSM_LONE : UCS2_LONE)) {
    return [{ data_coding, esm_class: 0, short_message: octets }];
  }
  const parts = cut(octets, isGsm ? GSM_PART : UCS2_PART, isGsm ? endOfGsm : endOfUcs2);
  if (parts.length > MAX_PARTS) return undefined;
  if (how === 'payload') {
    return [{ data_coding, esm_class: 0, short_message: Buffer.alloc(0), message_payload: octets }];
  }
  return parts.map((part, index) => ({
    data_coding,
    esm_class: ESM_UDH,
    short_message: Buffer.concat([Buffer.from([...CONCATENATION, reference, parts.length, index + 1]), part]),
  }));
}

function cut(octets: Buffer, maxOctets: number, endOf: (octets: Buffer, end: number) => number): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < octets.length;) {
    const end = start + maxOctets;
    const stop = end >= octets.length ? octets.length : endOf(octets, end);
    parts.push(octets.subarray(start, stop));
    start = stop;
  }
  return parts;
}

// The escape and what it escapes stay together.
function endOfGsm(octets: Buffer, end: number): number {
  return octets[end - 1] === GSM_ESCAPE ? end - 1 : end;
}

// So do the two halves of a surrogate pair.
function endOfUcs2(octets: Buffer, end: number): number {
  const isHighSurrogate = ((octets[end - 2] ?? 0) & 0xfc) === 0xd8;
  return isHighSurrogate ? end - 2 : end;
}
