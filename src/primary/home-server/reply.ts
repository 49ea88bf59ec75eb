import type { MessageAuthenticatorRule } from '../../config/index.ts';
import {
  AttributeType,
  Code,
  decodePacket,
  firstValue,
  microsoftAttributes,
  MicrosoftType,
  RadiusError,
  revealReply,
  verifyHashedReply,
  verifyReply,
  type Attribute,
  type Packet,
  type SaltedVendorTypes,
  type SharedKey,
} from '../../radius/index.ts';
import type { HomeServerConversation, PrimaryResult } from '../primary.ts';
import { detachedOctets } from '../../lib/detached-octets.ts';
import { acceptAttributes, challengeAttributes, rejectAttributes } from './relay.ts';

/** Why a datagram does not count as a reply. */
export type IgnoredReason =
  | 'unexpected' // no open question has its identifier
  | 'malformed'
  | 'code' // neither Accept, Reject nor Challenge
  | 'response-authenticator' // forged, or another shared secret, or late: the identifier was given to another question
  | 'message-authenticator-missing'
  | 'message-authenticator-wrong'
  | 'message-authenticator-repeated';

/** Tells whether a datagram is the reply to the request of that authenticator. */
export type CheckReply = typeof checkReply;

/**
 * The reply, decoded (views into the datagram), or why it is to be ignored while the right one is waited for
 * (RFC 2865 §3 Response Authenticator, RFC 3579 §3.2 Message-Authenticator; CVE-2024-3596 tells why it is required).
 */
export function checkReply(
  datagram: Buffer,
  requestAuthenticator: Buffer,
  key: SharedKey,
  rule: MessageAuthenticatorRule,
): Packet | IgnoredReason {
  const packet = decodeOrNothing(datagram);
  if (packet === undefined) return 'malformed';
  if (!isReplyCode(packet.code)) return 'code';
  const check = verifyReply(datagram, packet, requestAuthenticator, key);
  if (!check.isAuthentic) return 'response-authenticator';
  switch (check.messageAuthenticator) {
    case 'valid':
      return packet;
    case 'missing': {
      const isNeeded = rule === 'required' || firstValue(packet.attributes, AttributeType.eapMessage) !== undefined;
      return isNeeded ? 'message-authenticator-missing' : packet;
    }
    case 'wrong':
      return 'message-authenticator-wrong';
    case 'repeated':
      return 'message-authenticator-repeated';
  }
}

/** The same for what an accounting server says: Accounting-Response (RFC 2866 §4.2), to Status-Server as well (RFC 5997 §4.2). */
export function checkAccountingReply(
  datagram: Buffer,
  requestAuthenticator: Buffer,
  key: SharedKey,
): Packet | IgnoredReason {
  const packet = decodeOrNothing(datagram);
  if (packet === undefined) return 'malformed';
  if (packet.code !== Code.accountingResponse) return 'code';
  return verifyHashedReply(datagram, packet, requestAuthenticator, key) ? packet : 'response-authenticator';
}

/** Whose reply it is, and what it takes to read it. */
export interface ReplySource {
  /** Names. */
  readonly primary: string;
  readonly server: string;
  readonly requestAuthenticator: Buffer;
  readonly key: SharedKey;
  readonly saltedTypes: SaltedVendorTypes;
}

/** What an authentic reply means. Nothing of the result refers to the received datagram. */
export function replyResult(packet: Packet, source: ReplySource): PrimaryResult {
  const { primary, server, requestAuthenticator, key, saltedTypes } = source;
  if (packet.code === Code.accessReject) {
    const reason = saysExpired(packet.attributes) ? 'password-expired' : 'rejected-upstream';
    return { kind: 'rejected', reason, attributes: rejectAttributes(packet.attributes) };
  }
  if (packet.code === Code.accessChallenge) return challenged(packet, { primary, server });
  const clear = revealReply(packet.attributes, requestAuthenticator, key, saltedTypes);
  if (clear !== undefined) return { kind: 'accepted', attributes: acceptAttributes(clear) };
  return { kind: 'unavailable', cause: `the Access-Accept of home server ${server} has a malformed hidden attribute` };
}

function challenged(packet: Packet, asker: HomeServerConversation): PrimaryResult {
  const state = firstValue(packet.attributes, AttributeType.state);
  const conversation = state === undefined ? asker : { ...asker, state: detachedOctets(state) };
  return { kind: 'challenged', conversation, attributes: challengeAttributes(packet.attributes) };
}

// ERROR_PASSWD_EXPIRED behind the identifier (RFC 2759 §6): only who has proved the password is told so.
const EXPIRED = /^E=648(?![^ ])/;

function saysExpired(attributes: readonly Attribute[]): boolean {
  const parts = attributes.flatMap(({ type, value }) =>
    type === AttributeType.vendorSpecific ? microsoftAttributes(value) : [],
  );
  return parts.some(
    ({ type, value }) => type === MicrosoftType.msChapError && EXPIRED.test(value.toString('latin1', 1)),
  );
}

function isReplyCode(code: number): boolean {
  return code === Code.accessAccept || code === Code.accessReject || code === Code.accessChallenge;
}

function decodeOrNothing(datagram: Buffer): Packet | undefined {
  try {
    return decodePacket(datagram);
  } catch (error) {
    if (error instanceof RadiusError) return undefined;
    throw error;
  }
}
