import { timingSafeEqual } from 'node:crypto';
import { AttributeType } from './attribute.ts';
import { DIGEST_OCTETS } from './md5.ts';
import { HEADER_OCTETS, MAX_PACKET_OCTETS, packetLength, type Packet } from './packet.ts';
import type { SharedKey } from './shared-key.ts';

/** What was found of attribute 80: only `valid` proves anything. */
export type MessageAuthenticatorCheck = 'valid' | 'missing' | 'wrong' | 'repeated';

/** Whether a reply comes from who holds the shared secret. */
export interface ReplyCheck {
  /** The Response Authenticator is right (RFC 2865 §3). */
  readonly isAuthentic: boolean;
  readonly messageAuthenticator: MessageAuthenticatorCheck;
}

const scratch = new Uint8Array(MAX_PACKET_OCTETS + 4096);
const computed = new Uint8Array(DIGEST_OCTETS);

/** Checks the Message-Authenticator of a request, wherever it stands (RFC 3579 §3.2). `packet` is `datagram` decoded. */
export function verifyRequest(datagram: Buffer, packet: Packet, key: SharedKey): MessageAuthenticatorCheck {
  return checkMessageAuthenticator(datagram, packet, packet.authenticator, key);
}

/** Checks both authenticators of a reply against the request authenticator that was sent. `packet` is `datagram` decoded. */
export function verifyReply(
  datagram: Buffer,
  packet: Packet,
  requestAuthenticator: Buffer,
  key: SharedKey,
): ReplyCheck {
  const length = packetLength(datagram);
  load(datagram, length, requestAuthenticator);
  key.digestBeforeSecretInto(computed, 0, scratch, length);
  const isAuthentic = timingSafeEqual(computed, packet.authenticator);
  return {
    isAuthentic,
    messageAuthenticator: isAuthentic
      ? checkMessageAuthenticator(datagram, packet, requestAuthenticator, key)
      : 'wrong',
  };
}

/** What attribute 80 proves over the packet with these 16 octets as its authenticator. */
export function checkMessageAuthenticator(
  datagram: Buffer,
  packet: Packet,
  requestAuthenticator: Buffer,
  key: SharedKey,
): MessageAuthenticatorCheck {
  let received: Buffer | undefined;
  for (const { type, value } of packet.attributes) {
    if (type !== AttributeType.messageAuthenticator) continue;
    if (received !== undefined) return 'repeated';
    received = value;
  }
  if (received === undefined) return 'missing';
  if (received.length !== DIGEST_OCTETS) return 'wrong';
  const length = packetLength(datagram);
  load(datagram, length, requestAuthenticator);
  const offset = received.byteOffset - datagram.byteOffset;
  scratch.fill(0, offset, offset + DIGEST_OCTETS);
  key.hmacInto(computed, 0, scratch, length);
  return timingSafeEqual(computed, received) ? 'valid' : 'wrong';
}

// Both computations run over the packet with the request authenticator in the header's place.
function load(datagram: Buffer, length: number, requestAuthenticator: Buffer): void {
  scratch.set(datagram.subarray(0, length));
  scratch.set(requestAuthenticator, HEADER_OCTETS - DIGEST_OCTETS);
}
