import { AttributeType, revealUserPassword, type Attribute, type Packet, type SharedKey } from '../radius/index.ts';
import type { AccessRequest } from '../access/index.ts';
import type { DropReason } from './drop.ts';
import { isMsChap, readOtherCredentials } from './other-credentials.ts';

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
  /** Identifier of the EAP packet, 0 where it has none. */
  readonly eapIdentifier: number;
  /** CHAP, MS-CHAP or EAP. */
  readonly hasOtherPassword: boolean;
}

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
    } else if (type === AttributeType.eapMessage) {
      if (!contents.hasEap) contents.eapIdentifier = value[1] ?? 0;
      contents.hasEap = contents.hasOtherPassword = true;
    } else if (type === AttributeType.chapPassword) contents.hasOtherPassword = true;
    else if (type === AttributeType.vendorSpecific && isMsChap(value)) contents.hasOtherPassword = true;
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
  eapIdentifier: 0,
  hasOtherPassword: false,
};

/** What the reply needs of it: mostly nothing, so that a login that is held for a phone keeps nothing. */
export function contentsForReply(contents: Contents): Contents {
  return contents.hasEap || contents.proxyStates.length > 0 ? contents : emptyContents;
}

/**
 * The credentials of a verified request, the password in clear; a reason to drop it where there are several. A
 * User-Password of no valid length is one that nobody can check: the answer is a Reject (RFC 2865 §5); some clients
 * send an empty one for an empty password. Nobody can say which of two kinds of password counts: that is a Reject too.
 */
export function readCredentials(
  contents: Contents,
  packet: Packet,
  key: SharedKey,
): AccessRequest['credentials'] | Extract<DropReason, 'password-repeated'> {
  if (contents.hasSeveralPasswords) return 'password-repeated';
  const hidden = contents.hiddenPassword;
  if (contents.hasOtherPassword) return hidden === undefined ? readOtherCredentials(packet) : unsupported;
  if (hidden === undefined) return none;
  if (hidden.length === 0) return { kind: 'pap', password: hidden };
  const password = revealUserPassword(hidden, packet.authenticator, key);
  return password === undefined ? unsupported : { kind: 'pap', password };
}

const unsupported = { kind: 'unsupported' } as const;
const none = { kind: 'none' } as const;
