/** One attribute as it stands in a packet: raw octets, nothing interpreted. */
export interface Attribute {
  /** 1–255 (RFC 2865 §5). */
  readonly type: number;
  /** 0–253 octets, without the type and length octets. */
  readonly value: Buffer;
}

/**
 * An attribute whose value may stand in clear although the wire hides it (RFC 2868 §3.5, RFC 2548 §2.4).
 * With `hidden: 'salted'` the value is: for Tunnel-Password the tag octet and the clear string; for a
 * Vendor-Specific one the vendor's number, type, a length octet (ignored) and the clear string. With `hidden: 'password'`
 * it is of the latter form, and hidden as a User-Password is (MS-CHAP-MPPE-Keys), with `hidden: 'ascend'` as Ascend hides
 * its secrets. Such values never reach a log.
 */
export interface ClearAttribute extends Attribute {
  readonly hidden?: 'salted' | 'password' | 'ascend';
}

/** Attribute types that the program itself speaks about (RFC 2865 §5, RFC 2866 §5, RFC 2869 §5, RFC 3162 §2, RFC 5176 §3). */
export const AttributeType = {
  userName: 1,
  userPassword: 2,
  chapPassword: 3,
  nasIpAddress: 4,
  nasPort: 5,
  serviceType: 6,
  framedIpAddress: 8,
  replyMessage: 18,
  state: 24,
  vendorSpecific: 26,
  calledStationId: 30,
  callingStationId: 31,
  nasIdentifier: 32,
  proxyState: 33,
  acctStatusType: 40,
  acctDelayTime: 41,
  acctTerminateCause: 49,
  acctSessionId: 44,
  eventTimestamp: 55,
  chapChallenge: 60,
  nasPortType: 61,
  tunnelPassword: 69,
  prompt: 76,
  eapMessage: 79,
  messageAuthenticator: 80,
  nasIpv6Address: 95,
  framedIpv6Prefix: 97,
  errorCause: 101,
  framedIpv6Address: 168,
} as const;

/** The first value of that type, or `undefined`. */
export function firstValue(attributes: readonly Attribute[], type: number): Buffer | undefined {
  for (const attribute of attributes) if (attribute.type === type) return attribute.value;
  return undefined;
}

/** All values of that type, in the packet's order. */
export function allValues(attributes: readonly Attribute[], type: number): Buffer[] {
  const values: Buffer[] = [];
  for (const attribute of attributes) if (attribute.type === type) values.push(attribute.value);
  return values;
}

const VENDOR_OCTETS = 4;
const HEADER_OCTETS = 2;

/**
 * All values of a vendor's attribute of that type (RFC 2865 §5.26, a type and a length octet each), in the packet's order;
 * several may share one Vendor-Specific. A malformed rest of one is left out.
 */
export function vendorValues(attributes: readonly Attribute[], vendor: number, type: number): Buffer[] {
  const values: Buffer[] = [];
  for (const { type: outer, value } of attributes) {
    if (outer !== AttributeType.vendorSpecific || value.length < VENDOR_OCTETS) continue;
    if (value.readUInt32BE(0) !== vendor) continue;
    for (let at = VENDOR_OCTETS; at + HEADER_OCTETS <= value.length;) {
      const length = value[at + 1] ?? 0;
      if (length < HEADER_OCTETS || at + length > value.length) break;
      if (value[at] === type) values.push(value.subarray(at + HEADER_OCTETS, at + length));
      at += length;
    }
  }
  return values;
}
