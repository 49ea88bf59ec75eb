import type { Attribute } from './attribute.ts';
import { RadiusError } from './error.ts';

/** Packet codes (RFC 2865 §4, RFC 2866 §4, RFC 5997 §2, RFC 5176 §2). */
export const Code = {
  accessRequest: 1,
  accessAccept: 2,
  accessReject: 3,
  accountingRequest: 4,
  accountingResponse: 5,
  accessChallenge: 11,
  statusServer: 12,
  disconnectRequest: 40,
  disconnectAck: 41,
  disconnectNak: 42,
} as const;

/** Octets before the first attribute (RFC 2865 §3). */
export const HEADER_OCTETS = 20;

/** The largest packet (RFC 2865 §3). */
export const MAX_PACKET_OCTETS = 4096;

/** The largest attribute value (RFC 2865 §5). */
export const MAX_VALUE_OCTETS = 253;

/** A packet as received: an ordered list of raw attributes. */
export interface Packet {
  readonly code: number;
  /** 0–255. */
  readonly identifier: number;
  /** 16 octets: the request authenticator, or the response authenticator of a reply. */
  readonly authenticator: Buffer;
  readonly attributes: readonly Attribute[];
}

/**
 * Takes a datagram apart; nothing is verified and nothing copied: all octets are views into it.
 * Octets beyond Length are padding (RFC 2865 §3).
 * Throws `RadiusError` for a wrong Length and for attributes that do not fill it exactly.
 */
export function decodePacket(datagram: Buffer): Packet {
  const length = packetLength(datagram);
  return {
    code: datagram[0] ?? 0,
    identifier: datagram[1] ?? 0,
    authenticator: datagram.subarray(4, HEADER_OCTETS),
    attributes: decodeAttributes(datagram, HEADER_OCTETS, length),
  };
}

/** The Length field, checked against the datagram. Throws `RadiusError`. */
export function packetLength(datagram: Buffer): number {
  if (datagram.length < HEADER_OCTETS) {
    throw new RadiusError(
      'packet-too-short',
      `a packet has at least ${HEADER_OCTETS} octets, this has ${datagram.length}`,
    );
  }
  const length = ((datagram[2] ?? 0) << 8) | (datagram[3] ?? 0);
  if (length < HEADER_OCTETS || length > MAX_PACKET_OCTETS) {
    throw new RadiusError('length-invalid', `Length is ${length}, it must be ${HEADER_OCTETS} to ${MAX_PACKET_OCTETS}`);
  }
  if (length > datagram.length) {
    throw new RadiusError('packet-too-short', `Length is ${length}, but ${datagram.length} octets came`);
  }
  return length;
}

function decodeAttributes(datagram: Buffer, from: number, end: number): Attribute[] {
  const attributes: Attribute[] = [];
  let position = from;
  while (position < end) {
    const octets = position + 1 < end ? (datagram[position + 1] ?? 0) : 0;
    if (octets < 2 || position + octets > end) {
      throw new RadiusError('attribute-truncated', `the attribute at octet ${position} does not fit into the packet`);
    }
    attributes.push({ type: datagram[position] ?? 0, value: datagram.subarray(position + 2, position + octets) });
    position += octets;
  }
  return attributes;
}
