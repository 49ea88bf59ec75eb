import { AttributeType, type Attribute } from './attribute.ts';
import { RadiusError } from './error.ts';
import { HEADER_OCTETS, MAX_PACKET_OCTETS, MAX_VALUE_OCTETS } from './packet.ts';
import type { SharedKey } from './shared-key.ts';

const MESSAGE_AUTHENTICATOR_OCTETS = 18;
/** Where the value of a Message-Authenticator that stands first begins. */
export const VALUE_OFFSET = HEADER_OCTETS + 2;

/** A request to be sent to a home server. */
export interface OutgoingRequest {
  readonly code: number;
  /** 0–255. */
  readonly identifier: number;
  /** 16 fresh random octets. */
  readonly authenticator: Buffer;
  /** Without Message-Authenticator: it is put first and signed here. */
  readonly attributes: readonly Attribute[];
}

/** A reply to be sent to a client. */
export interface OutgoingReply {
  readonly code: number;
  /** That of the request. */
  readonly identifier: number;
  /** Without Message-Authenticator: it is put first and signed here. */
  readonly attributes: readonly Attribute[];
}

const NO_AUTHENTICATOR = Buffer.alloc(16);
const scratch = new Uint8Array(MAX_PACKET_OCTETS + 4096);

/**
 * The octets of an Access-Request or Status-Server, Message-Authenticator first (RFC 3579 §3.2).
 * Throws `RadiusError` when an attribute or the packet is too long.
 */
export function encodeRequest(request: OutgoingRequest, key: SharedKey): Buffer {
  const packet = layOut(request.code, request.identifier, request.authenticator, request.attributes, true);
  key.hmacInto(packet, VALUE_OFFSET, packet, packet.length);
  return packet;
}

/**
 * The octets of a reply: Message-Authenticator first, over the request authenticator (RFC 3579 §3.2), and the
 * Response Authenticator last of all (RFC 2865 §3). Throws `RadiusError` when an attribute or the packet is too long.
 */
export function encodeReply(
  reply: OutgoingReply,
  requestAuthenticator: Buffer,
  key: SharedKey,
  options: { readonly messageAuthenticator: boolean },
): Buffer {
  const { code, identifier, attributes } = reply;
  const packet = layOut(code, identifier, requestAuthenticator, attributes, options.messageAuthenticator);
  if (options.messageAuthenticator) key.hmacInto(packet, VALUE_OFFSET, packet, packet.length);
  scratch.set(packet);
  key.digestBeforeSecretInto(packet, 4, scratch, packet.length);
  return packet;
}

/**
 * The octets of an Accounting-Request, its authenticator computed over the rest (RFC 2866 §3); that of `request` does not
 * count. Throws `RadiusError` when an attribute or the packet is too long.
 */
export function signAccounting(request: OutgoingRequest, key: SharedKey): Buffer {
  const packet = writePacket(request.code, request.identifier, NO_AUTHENTICATOR, request.attributes);
  scratch.set(packet);
  key.digestBeforeSecretInto(packet, 4, scratch, packet.length);
  return packet;
}

/** The octets of a packet as they are given, nothing signed: `authenticator` is the 16 octets of the header. */
export function writePacket(
  code: number,
  identifier: number,
  authenticator: Buffer,
  attributes: readonly Attribute[],
): Buffer {
  return layOut(code, identifier, authenticator, attributes, false);
}

/** The octets that these attributes take in a packet. */
export function attributesOctets(attributes: readonly Attribute[]): number {
  let octets = 0;
  for (const { value } of attributes) octets += 2 + value.length;
  return octets;
}

/** A packet with these octets as its authenticator; `isSigned` puts an empty Message-Authenticator first. */
export function layOut(
  code: number,
  identifier: number,
  authenticator: Buffer,
  attributes: readonly Attribute[],
  isSigned: boolean,
): Buffer {
  const start = HEADER_OCTETS + (isSigned ? MESSAGE_AUTHENTICATOR_OCTETS : 0);
  const length = start + attributesOctets(attributes);
  if (length > MAX_PACKET_OCTETS) {
    throw new RadiusError(
      'packet-too-long',
      `the packet would have ${length} octets, ${MAX_PACKET_OCTETS} is the most`,
    );
  }
  const packet = Buffer.allocUnsafe(length);
  packet[0] = code;
  packet[1] = identifier;
  packet[2] = length >> 8;
  packet[3] = length;
  packet.set(authenticator, 4);
  if (isSigned) {
    packet[HEADER_OCTETS] = AttributeType.messageAuthenticator;
    packet[HEADER_OCTETS + 1] = MESSAGE_AUTHENTICATOR_OCTETS;
    packet.fill(0, VALUE_OFFSET, start);
  }
  writeAttributes(packet, start, attributes);
  return packet;
}

function writeAttributes(packet: Buffer, from: number, attributes: readonly Attribute[]): void {
  let position = from;
  for (const { type, value } of attributes) {
    if (value.length > MAX_VALUE_OCTETS) {
      throw new RadiusError('attribute-too-long', `attribute ${type} has ${value.length} octets, 253 is the most`);
    }
    packet[position] = type;
    packet[position + 1] = value.length + 2;
    packet.set(value, position + 2);
    position += value.length + 2;
  }
}
