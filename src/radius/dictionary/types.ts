/** Data types of attributes (RFC 8044 §3, and those that only vendors use). */
export type ValueType =
  | 'string'
  | 'octets'
  | 'ipaddr'
  | 'ipv4prefix'
  | 'ipv6addr'
  | 'ipv6prefix'
  | 'combo-ip'
  | 'ifid'
  | 'ether'
  | 'integer'
  | 'byte'
  | 'short'
  | 'signed'
  | 'integer64'
  | 'bool'
  | 'date'
  | 'abinary'
  | 'tlv'
  | 'vsa'
  | 'evs'
  | 'extended'
  | 'long-extended';

/** How the wire hides a value: RFC 2865 §5.2, RFC 2868 §3.5, or Ascend's way (types 214 and 215). */
export type Encryption = 'none' | 'user-password' | 'tunnel-password' | 'ascend-secret';

/** What the options behind an attribute's type say. */
export interface AttributeOptions {
  readonly encryption: Encryption;
  /** The value may begin with a tag (RFC 2868 §3.1). */
  readonly hasTag: boolean;
  /** A long value stands in several attributes, one after the other (RFC 3579 §3.1). */
  readonly isConcat: boolean;
  /** Several values of fixed size stand in one attribute. */
  readonly isArray: boolean;
  /** The attribute never stands in a packet. */
  readonly isVirtual: boolean;
  /** Never to be shown: marked so, hidden on the wire, or a password or a proof of one by name. */
  readonly isSecret: boolean;
}

/** Names of numbers; by name in lower case. */
export interface ValueNames {
  readonly byNumber: ReadonlyMap<number, string>;
  readonly byName: ReadonlyMap<string, number>;
}

/** One attribute of the dictionary. */
export interface AttributeDefinition extends AttributeOptions {
  readonly name: string;
  /**
   * The numbers from the packet's top: `[1]`, `[26, 9, 1]` (vendor 9), `[241, 1]` (RFC 6929 §2.1),
   * `[241, 26, 9, 1]` (RFC 6929 §2.4), `[173, 1]` (inside a TLV).
   */
  readonly numbers: readonly number[];
  /** The same numbers with dots between. */
  readonly path: string;
  /** The vendor's number (SMI enterprise code), `undefined` for the RFCs' own attributes. */
  readonly vendorId: number | undefined;
  readonly type: ValueType;
  /** The length that `octets[n]` demands, `undefined` if any will do. */
  readonly lengthOctets: number | undefined;
  /** The server's own, never in a packet (`FLAGS internal`, or a number over 255 outside of a vendor). */
  readonly isInternal: boolean;
  readonly values: ValueNames;
}

/** A vendor and how it writes attributes inside Vendor-Specific (RFC 2865 §5.26). */
export interface Vendor {
  readonly name: string;
  /** SMI enterprise code, 1 to 2^24 - 1. */
  readonly id: number;
  readonly typeOctets: 1 | 2 | 4;
  /** 0: one attribute fills the rest. */
  readonly lengthOctets: 0 | 1 | 2;
  /** One more octet after the length says whether the value goes on in the next attribute (WiMAX). */
  readonly hasContinuation: boolean;
}
