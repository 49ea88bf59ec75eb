import { AttributeType, revealUserPassword, type Attribute, type Packet, type SharedKey } from '../radius/index.ts';
import type { AccessRequest } from '../access/index.ts';
import type { DropReason } from './drop.ts';

/** What one request holds, gathered in one pass over its attributes. */
export interface Contents {
  readonly username: Buffer | undefined;
  /** The State, unless it is empty. */
  readonly state: Buffer | undefined;
  readonly hasSeveralStates: boolean;
  /** In order, as they go back (RFC 2865 §5.33). */
  readonly proxyStates: readonly Attribute[];
  /** User-Password, still hidden. */
  readonly hiddenPassword: Buffer | undefined;
  readonly hasSeveralPasswords: boolean;
  readonly hasEap: boolean;
  /** CHAP, MS-CHAP or EAP: forms of a password that nobody here speaks. */
  readonly hasUnspokenPassword: boolean;
}

const MICROSOFT = 311;
const VENDOR_OCTETS = 4;

// MS-CHAP-Response, MS-CHAP-Challenge, MS-CHAP2-Response (RFC 2548 §2.1.3, §2.1.2, §2.3.2).
const msChapTypes: ReadonlySet<number> = new Set([1, 11, 25]);

/** Reads a request's attributes; nothing is interpreted that the sender could make throw. */
export function readContents(packet: Packet): Contents {
  const contents = { ...emptyContents };
  let proxyStates: Attribute[] | undefined;
  for (const attribute of packet.attributes) {
    const { type, value } = attribute;
    if (type === AttributeType.userName) contents.username ??= value;
    else if (type === AttributeType.state && value.length > 0) {
      contents.hasSeveralStates = contents.state !== undefined;
      contents.state = value;
    } else if (type === AttributeType.proxyState) (proxyStates ??= []).push(attribute);
    else if (type === AttributeType.userPassword) {
      contents.hasSeveralPasswords = contents.hiddenPassword !== undefined;
      contents.hiddenPassword = value;
    } else if (type === AttributeType.eapMessage) contents.hasEap = contents.hasUnspokenPassword = true;
    else if (type === AttributeType.chapPassword) contents.hasUnspokenPassword = true;
    else if (type === AttributeType.vendorSpecific && isMsChap(value)) contents.hasUnspokenPassword = true;
  }
  if (proxyStates !== undefined) contents.proxyStates = proxyStates;
  return contents;
}

const emptyContents: { -readonly [Field in keyof Contents]: Contents[Field] } = {
  username: undefined,
  state: undefined,
  hasSeveralStates: false,
  proxyStates: [],
  hiddenPassword: undefined,
  hasSeveralPasswords: false,
  hasEap: false,
  hasUnspokenPassword: false,
};

/**
 * The credentials of a verified request, the password in clear; a reason to drop it where there are several. A
 * User-Password of no valid length is one that nobody can check: the answer is a Reject (RFC 2865 §5); some clients
 * send an empty one for an empty password.
 */
export function readCredentials(
  contents: Contents,
  requestAuthenticator: Buffer,
  key: SharedKey,
): AccessRequest['credentials'] | Extract<DropReason, 'password-repeated'> {
  if (contents.hasSeveralPasswords) return 'password-repeated';
  if (contents.hasUnspokenPassword) return unsupported;
  const hidden = contents.hiddenPassword;
  if (hidden === undefined) return none;
  if (hidden.length === 0) return { kind: 'pap', password: hidden };
  const password = revealUserPassword(hidden, requestAuthenticator, key);
  return password === undefined ? unsupported : { kind: 'pap', password };
}

const unsupported = { kind: 'unsupported' } as const;
const none = { kind: 'none' } as const;

// Several attributes of one vendor may share one Vendor-Specific (RFC 2865 §5.26).
function isMsChap(value: Buffer): boolean {
  if (value.length < VENDOR_OCTETS + 2 || value.readUInt32BE(0) !== MICROSOFT) return false;
  for (let position = VENDOR_OCTETS; position < value.length;) {
    if (msChapTypes.has(value[position] ?? 0)) return true;
    position += Math.max(2, value[position + 1] ?? 0);
  }
  return false;
}
