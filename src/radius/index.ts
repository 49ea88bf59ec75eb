export { allValues, AttributeType, firstValue, vendorValues } from './attribute.ts';
export type { Attribute, ClearAttribute } from './attribute.ts';
export { CHAP_PASSWORD_OCTETS, chapResponse } from './chap.ts';
export { EapCode, eapFailure, EapType, joinEap, readEap } from './eap.ts';
export type { EapPacket } from './eap.ts';
export { encodeReply, encodeRequest } from './encode.ts';
export type { OutgoingReply, OutgoingRequest } from './encode.ts';
export { encodeHashedRequest, verifyHashedReply, verifyHashedRequest } from './hashed-request.ts';
export type { HashedRequestCheck } from './hashed-request.ts';
export { isTooLong, RadiusError } from './error.ts';
export type { RadiusErrorCode } from './error.ts';
export { hideReply, microsoftSaltedTypes, revealReply } from './hidden-reply.ts';
export type { SaltedVendorTypes } from './hidden-reply.ts';
export {
  authenticatorResponse,
  challengeHash,
  challengeResponse,
  mppeKeys,
  MS_CHAP_RESPONSE_OCTETS,
  ntPasswordHash,
  ntResponse,
} from './ms-chap.ts';
export type { MppeKeys, MsChap2Exchange } from './ms-chap.ts';
export { Code, decodePacket, HEADER_OCTETS, MAX_PACKET_OCTETS, MAX_VALUE_OCTETS } from './packet.ts';
export type { Packet } from './packet.ts';
export { PacketStream } from './packet-stream.ts';
export { replyFrom11, replyTo11, requestFrom11, requestTo11, tokenOf } from './radius11.ts';
export type { Translation } from './radius11.ts';
export { createSharedKey } from './shared-key.ts';
export type { SharedKey } from './shared-key.ts';
export { hideUserPassword, MAX_PASSWORD_OCTETS, revealUserPassword } from './user-password.ts';
export { holdsMsChap, MICROSOFT, microsoftAttributes, MicrosoftType, microsoftValue } from './vendor.ts';
export type { MicrosoftAttribute } from './vendor.ts';
export { verifyReply, verifyRequest } from './verify.ts';
export type { MessageAuthenticatorCheck, ReplyCheck } from './verify.ts';
export { withoutSelected } from './relay-rule.ts';
export { encodeReplyAttribute, selectorOf, withOurs } from './reply-attributes.ts';
export type { AttributeSelector } from './reply-attributes.ts';
export { dumpAttributes, dumpPacket } from './dump.ts';
export { Dictionary, DictionaryError, encodeValue, loadDictionary } from './dictionary/index.ts';
export type { EncodedValue } from './dictionary/index.ts';
