import {
  AttributeType,
  holdsMsChap,
  microsoftAttributes,
  MicrosoftType,
  type Attribute,
  type ClearAttribute,
} from '../../radius/index.ts';
import type { PrimaryRequest } from '../primary.ts';
import { detachedOctets } from '../../lib/detached-octets.ts';

/** MS-MPPE-Send-Key and -Recv-Key (RFC 2548 §2.4): hidden for us, useless in a challenge. */
const MPPE_TYPES: ReadonlySet<number> = new Set([MicrosoftType.mppeSendKey, MicrosoftType.mppeReceiveKey]);

/** MS-CHAP-Error, by which a client learns that the password has expired (RFC 2548 §2.1.5). */
const MS_CHAP_ERROR: ReadonlySet<number> = new Set([MicrosoftType.msChapError]);

/** Session-Timeout and Idle-Timeout, allowed in an Access-Challenge (RFC 2865 §5.44). */
const SESSION_TIMEOUT = 27;
const IDLE_TIMEOUT = 28;
/** Password-Retry (RFC 2869 §5.9) and Error-Cause (RFC 5176 §3.6), allowed in an Access-Reject. */
const PASSWORD_RETRY = 75;
const ERROR_CAUSE = 101;

const NOTHING: readonly never[] = [];

/**
 * The attributes for the home server: the client's in their order, unknown ones bit for bit; the password anew in its
 * place. Without what belongs to this hop only: Message-Authenticator, the client's Proxy-State (it is put back into
 * our reply; our own is added by who sends this), State (the client's is ours;
 * the home server's own comes from the conversation), other forms of the password (RFC 2865 §4.1 allows one), and
 * further User-Names: nobody here has looked at them. CHAP, MS-CHAP and EAP pass octet by octet; a CHAP challenge that
 * was the client's request authenticator is spelt out, since ours is another (RFC 2865 §5.40).
 * `hiddenPassword` is `undefined` when the user gave none; `nasIdentifier` is added where NAS-IP-Address,
 * NAS-IPv6-Address and NAS-Identifier are all missing (RFC 2865 §4.1, RFC 3162 §2.1).
 */
export function requestAttributes(
  request: PrimaryRequest,
  hiddenPassword: Buffer | undefined,
  nasIdentifier: Buffer,
): Attribute[] {
  const relayed: Attribute[] = [];
  let isNamed = false;
  let hasUser = false;
  let password = hiddenPassword;
  const { credentials } = request;
  for (const attribute of request.attributes) {
    switch (attribute.type) {
      case AttributeType.userPassword:
        if (password !== undefined) relayed.push({ type: AttributeType.userPassword, value: password });
        password = undefined;
        continue;
      case AttributeType.chapPassword:
      case AttributeType.chapChallenge:
        if (credentials.kind !== 'chap') continue;
        break;
      case AttributeType.eapMessage:
        if (credentials.kind !== 'eap') continue;
        break;
      case AttributeType.messageAuthenticator:
      case AttributeType.proxyState:
      case AttributeType.state:
        continue;
      case AttributeType.vendorSpecific:
        if (credentials.kind !== 'ms-chap' && holdsMsChap(attribute.value)) continue;
        break;
      case AttributeType.userName:
        if (hasUser) continue;
        hasUser = true;
        break;
      case AttributeType.nasIpAddress:
      case AttributeType.nasIpv6Address:
      case AttributeType.nasIdentifier:
        isNamed = true;
        break;
    }
    relayed.push(attribute);
  }
  if (!hasUser && request.username.length > 0)
    relayed.unshift({ type: AttributeType.userName, value: request.username });
  if (password !== undefined) relayed.push({ type: AttributeType.userPassword, value: password });
  if (credentials.kind === 'chap' && credentials.isImplicit)
    relayed.push({ type: AttributeType.chapChallenge, value: credentials.challenge });
  if (!isNamed) relayed.push({ type: AttributeType.nasIdentifier, value: nasIdentifier });
  const state = request.conversation?.state;
  if (state !== undefined) relayed.push({ type: AttributeType.state, value: state });
  return relayed;
}

/**
 * What an Access-Accept grants: everything but what belongs to the hop. State too is dropped: it would name a session
 * of the home server to a NAS whose State values are ours.
 */
export function acceptAttributes(attributes: readonly ClearAttribute[]): readonly ClearAttribute[] {
  return detach(attributes, isOfAccept);
}

/** What of an Access-Reject may reach the user: Reply-Message, Password-Retry, Error-Cause, EAP-Message, MS-CHAP-Error. */
export function rejectAttributes(attributes: readonly Attribute[]): readonly Attribute[] {
  return detach(attributes, isOfReject);
}

/** What of an Access-Challenge may reach the user (RFC 2865 §5.44): nothing that authorizes, and not State. */
export function challengeAttributes(attributes: readonly Attribute[]): readonly Attribute[] {
  return detach(attributes, isOfChallenge);
}

function isOfAccept({ type }: Attribute): boolean {
  return (
    type !== AttributeType.messageAuthenticator && type !== AttributeType.proxyState && type !== AttributeType.state
  );
}

function isOfReject({ type, value }: Attribute): boolean {
  switch (type) {
    case AttributeType.replyMessage:
    case AttributeType.eapMessage:
    case PASSWORD_RETRY:
    case ERROR_CAUSE:
      return true;
    case AttributeType.vendorSpecific:
      return holdsMicrosoft(value, MS_CHAP_ERROR);
  }
  return false;
}

function isOfChallenge({ type, value }: Attribute): boolean {
  switch (type) {
    case AttributeType.replyMessage:
    case AttributeType.prompt:
    case AttributeType.eapMessage:
    case SESSION_TIMEOUT:
    case IDLE_TIMEOUT:
      return true;
    case AttributeType.vendorSpecific:
      return !holdsMicrosoft(value, MPPE_TYPES);
  }
  return false;
}

function holdsMicrosoft(value: Buffer, types: ReadonlySet<number>): boolean {
  return microsoftAttributes(value).some(({ type }) => types.has(type));
}

function detach<Kind extends ClearAttribute>(
  attributes: readonly Kind[],
  isKept: (attribute: Kind) => boolean,
): readonly Kind[] {
  const kept = attributes.filter(isKept);
  return kept.length === 0 ? NOTHING : kept.map(detached);
}

function detached<Kind extends ClearAttribute>(attribute: Kind): Kind {
  return { ...attribute, value: detachedOctets(attribute.value) };
}
