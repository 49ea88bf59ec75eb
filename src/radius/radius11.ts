import { hash } from 'node:crypto';
import type { Random } from '../lib/random.ts';
import { AttributeType, type Attribute, type ClearAttribute } from './attribute.ts';
import { encodeReply, encodeRequest, signAccounting, writePacket } from './encode.ts';
import { hideReply, markSalted, revealReply, type SaltedVendorTypes } from './hidden-reply.ts';
import { Code, decodePacket, type Packet } from './packet.ts';
import type { SharedKey } from './shared-key.ts';
import { hideUserPassword, MAX_PASSWORD_OCTETS, revealUserPassword } from './user-password.ts';

/**
 * RADIUS/1.1 (RFC 9765 §4): the packet without MD5. What is Identifier in RADIUS/1.0 is reserved, the authenticator is a
 * Token of four octets and twelve reserved ones, hidden values stand in clear, and nothing is signed: TLS does all that.
 *
 * These functions turn packets of one version into the other, so that nothing else of the program has to know two. The
 * key on our side of it never leaves the process.
 */

const TOKEN_OCTETS = 4;
const TOKEN_AT = 4;
const RESERVED_OCTETS = 12;

/** How the RADIUS/1.0 side of a translated exchange is hidden and signed. */
export interface Translation {
  readonly key: SharedKey;
  /** Vendor attributes of replies that are salted in RADIUS/1.0. */
  readonly saltedTypes: SaltedVendorTypes;
}

/** The Token of a RADIUS/1.1 packet: 4 octets, a view (RFC 9765 §4.2). */
export function tokenOf(octets: Buffer): Buffer {
  return octets.subarray(TOKEN_AT, TOKEN_AT + TOKEN_OCTETS);
}

/**
 * A RADIUS/1.1 request as RADIUS/1.0, signed. `tail`: random octets of one connection, so that requests of other
 * connections with the same Token have another authenticator. So have those of one connection that use a Token again,
 * which they must not (RFC 9765 §4.2.1): nobody gets the answer to what somebody else asked. Message-Authenticator
 * counts for nothing (§5.2) and is left out. Throws `RadiusError` for what is no packet or gets too long.
 */
export function requestFrom11(octets: Buffer, tail: Buffer, key: SharedKey): Buffer {
  const packet = decodePacket(octets);
  const authenticator = Buffer.concat([tokenOf(octets), digestOf(tail, octets)]);
  const identifier = octets[TOKEN_AT + TOKEN_OCTETS - 1] ?? 0;
  const attributes = unsigned(packet).map((attribute) => hidePassword(attribute, authenticator, key));
  const request = { code: packet.code, identifier, authenticator, attributes };
  return packet.code === Code.accountingRequest ? signAccounting(request, key) : encodeRequest(request, key);
}

/** A RADIUS/1.0 request of ours as RADIUS/1.1 under that Token. */
export function requestTo11(datagram: Buffer, token: Buffer, key: SharedKey): Buffer {
  const packet = decodePacket(datagram);
  const attributes = unsigned(packet).map((attribute) => revealPassword(attribute, packet.authenticator, key));
  return writePacket(packet.code, 0, header(token), attributes);
}

/**
 * A RADIUS/1.1 reply as RADIUS/1.0, signed as the answer to that identifier and authenticator. Throws `RadiusError` for
 * what is no packet or gets too long.
 */
export function replyFrom11(
  octets: Buffer,
  request: { readonly identifier: number; readonly authenticator: Buffer },
  translation: Translation & { readonly random: Random },
): Buffer {
  const packet = decodePacket(octets);
  const { key, saltedTypes, random } = translation;
  const clear = markSalted(unsigned(packet), saltedTypes);
  const attributes = hideReply(clear, request.authenticator, key, random);
  const reply = { code: packet.code, identifier: request.identifier, attributes };
  return encodeReply(reply, request.authenticator, key, { messageAuthenticator: true });
}

/** A RADIUS/1.0 reply of ours, to the request with that authenticator, as RADIUS/1.1 under the request's Token. */
export function replyTo11(
  datagram: Buffer,
  request: { readonly token: Buffer; readonly authenticator: Buffer },
  { key, saltedTypes }: Translation,
): Buffer {
  const packet = decodePacket(datagram);
  const attributes = revealReply(unsigned(packet), request.authenticator, key, saltedTypes);
  // Ours always can be; an Accept without its limits must not leave.
  if (attributes === undefined) throw new Error('a reply of our own cannot be revealed');
  return writePacket(packet.code, 0, header(request.token), attributes);
}

function digestOf(tail: Buffer, octets: Buffer): Buffer {
  return hash('sha256', Buffer.concat([tail, octets]), 'buffer').subarray(0, RESERVED_OCTETS);
}

function header(token: Buffer): Buffer {
  return Buffer.concat([token, Buffer.alloc(RESERVED_OCTETS)]);
}

function unsigned(packet: Packet): readonly Attribute[] {
  return packet.attributes.filter(({ type }) => type !== AttributeType.messageAuthenticator);
}

// A value of no valid length (RFC 9765 §5.1.1: 1 to 128 octets) stays as it is: it is no password under any key.
function hidePassword(attribute: Attribute, authenticator: Buffer, key: SharedKey): Attribute {
  const { type, value } = attribute;
  if (type !== AttributeType.userPassword || value.length === 0 || value.length > MAX_PASSWORD_OCTETS) return attribute;
  return { type, value: hideUserPassword(value, authenticator, key) };
}

function revealPassword(attribute: Attribute, authenticator: Buffer, key: SharedKey): ClearAttribute {
  if (attribute.type !== AttributeType.userPassword) return attribute;
  const value = revealUserPassword(attribute.value, authenticator, key);
  return value === undefined ? attribute : { type: attribute.type, value };
}
