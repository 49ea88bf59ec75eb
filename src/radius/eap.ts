import { AttributeType, allValues, type Attribute } from './attribute.ts';

const HEADER_OCTETS = 4;

/** Codes of EAP packets (RFC 3748 §4). */
export const EapCode = { request: 1, response: 2, success: 3, failure: 4 } as const;

/** Types of EAP that are spoken about (RFC 3748 §5, draft-kamath-pppext-eap-mschapv2). */
export const EapType = { identity: 1, notification: 2, nak: 3, md5: 4, otp: 5, tokenCard: 6, msChapV2: 26 } as const;

/** An EAP packet as far as a relay reads it. */
export interface EapPacket {
  readonly code: number;
  readonly identifier: number;
  /** Of requests and responses. */
  readonly type: number | undefined;
  /** What follows the type. */
  readonly data: Buffer;
}

/** The EAP packet in a RADIUS packet: all its EAP-Message attributes, one behind the other (RFC 3579 §3.1). */
export function joinEap(attributes: readonly Attribute[]): Buffer {
  return Buffer.concat(allValues(attributes, AttributeType.eapMessage));
}

/** Takes an EAP packet apart; `undefined` when it is none: its Length must be what is there (RFC 3748 §4). */
export function readEap(octets: Buffer): EapPacket | undefined {
  if (octets.length < HEADER_OCTETS || octets.readUInt16BE(2) !== octets.length) return undefined;
  const [code = 0, identifier = 0] = octets;
  const isTyped = code === EapCode.request || code === EapCode.response;
  if (isTyped && octets.length === HEADER_OCTETS) return undefined;
  return {
    code,
    identifier,
    type: isTyped ? octets[HEADER_OCTETS] : undefined,
    data: octets.subarray(HEADER_OCTETS + (isTyped ? 1 : 0)),
  };
}

/** EAP-Failure in answer to the response with that identifier (RFC 3748 §4.2). */
export function eapFailure(identifier: number): Buffer {
  return Buffer.from([EapCode.failure, identifier, 0, HEADER_OCTETS]);
}
