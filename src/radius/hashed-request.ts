import { timingSafeEqual } from 'node:crypto';
import { layOut, VALUE_OFFSET, type OutgoingRequest } from './encode.ts';
import { DIGEST_OCTETS } from './md5.ts';
import { HEADER_OCTETS, MAX_PACKET_OCTETS, packetLength, type Packet } from './packet.ts';
import type { SharedKey } from './shared-key.ts';
import { checkMessageAuthenticator, verifyReply } from './verify.ts';

/** Whether a request comes from who holds the shared secret; only `valid` proves anything. */
export type HashedRequestCheck = 'valid' | 'authenticator-wrong' | 'message-authenticator-wrong';

const AUTHENTICATOR_OFFSET = 4;
const zeros = Buffer.alloc(DIGEST_OCTETS);
const scratch = new Uint8Array(MAX_PACKET_OCTETS + 4096);
const computed = new Uint8Array(DIGEST_OCTETS);

/**
 * The octets of an Accounting-Request or Disconnect-Request, whose Request Authenticator is the MD5 of the packet with
 * zeros in its place and the secret (RFC 2866 §3, RFC 5176 §2.3). `messageAuthenticator` puts one first, over zeros as
 * well (RFC 5176 §3.4). Throws `RadiusError` when an attribute or the packet is too long.
 */
export function encodeHashedRequest(
  request: Omit<OutgoingRequest, 'authenticator'>,
  key: SharedKey,
  options: { readonly messageAuthenticator: boolean },
): Buffer {
  const { code, identifier, attributes } = request;
  const packet = layOut(code, identifier, zeros, attributes, options.messageAuthenticator);
  if (options.messageAuthenticator) key.hmacInto(packet, VALUE_OFFSET, packet, packet.length);
  scratch.set(packet);
  key.digestBeforeSecretInto(packet, AUTHENTICATOR_OFFSET, scratch, packet.length);
  return packet;
}

/** Checks the Request Authenticator, and the Message-Authenticator where there is one. `packet` is `datagram` decoded. */
export function verifyHashedRequest(datagram: Buffer, packet: Packet, key: SharedKey): HashedRequestCheck {
  const length = packetLength(datagram);
  scratch.set(datagram.subarray(0, length));
  scratch.fill(0, AUTHENTICATOR_OFFSET, HEADER_OCTETS);
  key.digestBeforeSecretInto(computed, 0, scratch, length);
  if (!timingSafeEqual(computed, packet.authenticator)) return 'authenticator-wrong';
  return isSignatureSound(datagram, packet, zeros, key) ? 'valid' : 'message-authenticator-wrong';
}

/**
 * Whether the reply is that of the home server or NAS to the request of that authenticator: its Response Authenticator
 * (RFC 2866 §3, RFC 5176 §2.3), and its Message-Authenticator where there is one, over the request's authenticator or,
 * as some servers make it, over zeros.
 */
export function verifyHashedReply(
  datagram: Buffer,
  packet: Packet,
  requestAuthenticator: Buffer,
  key: SharedKey,
): boolean {
  const { isAuthentic, messageAuthenticator } = verifyReply(datagram, packet, requestAuthenticator, key);
  if (!isAuthentic) return false;
  if (messageAuthenticator === 'wrong') return isSignatureSound(datagram, packet, zeros, key);
  return messageAuthenticator !== 'repeated';
}

function isSignatureSound(datagram: Buffer, packet: Packet, authenticator: Buffer, key: SharedKey): boolean {
  const check = checkMessageAuthenticator(datagram, packet, authenticator, key);
  return check === 'valid' || check === 'missing';
}
