import type { Pdu } from 'smpp';

/** Where a message belongs in a text of several. */
export interface Part {
  /** Common to the parts of one text; bounded. */
  readonly reference: string;
  readonly total: number;
  /** From 1. */
  readonly number: number;
}

/** 3GPP TS 23.040 §9.2.3.24.1 and §9.2.3.24.8: reference of one octet, and of two. */
const CONCATENATION = 0x00;
const CONCATENATION_16 = 0x08;

/**
 * Which part a message is: by its user data header, or by the fields that SMPP has for it (3.4 §5.3.2.22 to 24).
 * `undefined`: it is a text by itself.
 */
export function partOf(pdu: Pdu): Part | undefined {
  return (
    [...headersOf(pdu.short_message), ...headersOf(pdu.message_payload)].map(byHeader).find(isPart) ?? byFields(pdu)
  );
}

function headersOf(value: Pdu['short_message']): readonly Buffer[] {
  const header = typeof value === 'object' && 'message' in value ? value.udh : undefined;
  return Array.isArray(header) ? (header as readonly Buffer[]) : [];
}

// Each element: its name, how many octets follow, those octets.
function byHeader(element: Buffer): Part | undefined {
  const [name, octets] = element;
  const [total = 0, number = 0] = element.subarray(-2);
  if (octets !== element.length - 2) return undefined;
  if (name === CONCATENATION && octets === 3) return { reference: `a${element.readUInt8(2)}`, total, number };
  if (name === CONCATENATION_16 && octets === 4) return { reference: `b${element.readUInt16BE(2)}`, total, number };
  return undefined;
}

function byFields({ sar_msg_ref_num, sar_total_segments: total, sar_segment_seqnum: number }: Pdu): Part | undefined {
  if (sar_msg_ref_num === undefined || total === undefined || number === undefined) return undefined;
  return { reference: `c${sar_msg_ref_num}`, total, number };
}

function isPart(part: Part | undefined): part is Part {
  return part !== undefined;
}
