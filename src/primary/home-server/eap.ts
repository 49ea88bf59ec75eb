import type { RadiusPrimaryConfig } from '../../config/index.ts';
import { AttributeType, EapType, firstValue, readEap } from '../../radius/index.ts';
import type { EapConversation, PrimaryRequest, PrimaryResult } from '../primary.ts';
import { detachedOctets } from '../../lib/detached-octets.ts';

/*
 * Who has been authenticated by an EAP conversation? User-Name is what the user's device said before any method began
 * (RFC 3579 §2.1). A method that speaks in the open proves a password of that very name to the home server. One that runs
 * inside TLS proves another name, which nobody on the way sees: `bob` outside, `alice` inside. Then only the home
 * server can say who it was.
 */

type Accepted = Extract<PrimaryResult, { kind: 'accepted' }>;

// MSCHAPv2 Response (draft-kamath-pppext-eap-mschapv2 §2.2): OpCode, identifier, length, value size, value; then the name.
const MS_CHAP_RESPONSE = 2;
const MS_CHAP_SIZE_AT = 4;
const MS_CHAP_VALUE_OCTETS = 49;
const MS_CHAP_NAME_AT = MS_CHAP_SIZE_AT + 1 + MS_CHAP_VALUE_OCTETS;

/** The conversation after one more packet of the user. */
export function continueEap(request: PrimaryRequest, message: Buffer, nowMs: number): EapConversation {
  const before = request.conversation?.eap;
  return {
    rounds: (before?.rounds ?? 0) + 1,
    sinceMs: before?.sinceMs ?? nowMs,
    isSealed: before?.isSealed === true || !isOfUser(message, request.username),
  };
}

/**
 * An Accept that ends an EAP conversation, with who was authenticated where that is not the name in the request.
 * `rule` says what the administrator knows of the home server.
 */
export function identifyEap(
  accepted: Accepted,
  { isSealed }: EapConversation,
  rule: RadiusPrimaryConfig['eapIdentity'],
): Accepted {
  const named = firstValue(accepted.attributes, AttributeType.userName);
  if (rule === 'accept' && named !== undefined) return { ...accepted, identity: detachedOctets(named) };
  return isSealed && rule !== 'request' ? { ...accepted, identity: 'unproven' } : accepted;
}

// Methods that speak in the open, and prove a password of the name in the request.
const OPEN_TYPES: ReadonlySet<number> = new Set([
  EapType.notification,
  EapType.nak,
  EapType.md5,
  EapType.otp,
  EapType.tokenCard,
]);

function isOfUser(message: Buffer, username: Buffer): boolean {
  const packet = readEap(message);
  // EAP-Start: the home server asks for the name.
  if (packet?.type === undefined) return true;
  const { type, data } = packet;
  if (type === EapType.identity) return data.equals(username);
  if (type !== EapType.msChapV2) return OPEN_TYPES.has(type);
  if (data[0] !== MS_CHAP_RESPONSE) return true;
  return data[MS_CHAP_SIZE_AT] === MS_CHAP_VALUE_OCTETS && isSameName(data.subarray(MS_CHAP_NAME_AT), username);
}

// The domain may be left out of the response, but it cannot be another one.
function isSameName(name: Buffer, username: Buffer): boolean {
  const [given, expected] = [name, username].map((octets) => octets.toString('latin1').toLowerCase());
  return given === expected || given === expected?.replace(/^.*\\/s, '');
}
