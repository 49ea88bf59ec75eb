import { AttributeType, type Attribute, type ClearAttribute } from '../../radius/index.ts';
import type { PrimaryRequest } from '../primary.ts';
import { detachedOctets } from '../../lib/detached-octets.ts';

const MICROSOFT = 311;

/** MS-CHAP in requests (RFC 2548 §2.1, §2.3): Response, CPW-1, CPW-2, LM- and NT-Enc-PW, Challenge, CHAP2-Response, CHAP2-CPW. */
const MS_CHAP_TYPES: ReadonlySet<number> = new Set([1, 3, 4, 5, 6, 11, 25, 27]);

/** MS-MPPE-Send-Key and -Recv-Key (RFC 2548 §2.4): hidden for us, useless in a challenge. */
const MPPE_TYPES: ReadonlySet<number> = new Set([16, 17]);

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
 * further User-Names: nobody here has looked at them.
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
  for (const attribute of request.attributes) {
    switch (attribute.type) {
      case AttributeType.userPassword:
        if (password !== undefined) relayed.push({ type: AttributeType.userPassword, value: password });
        password = undefined;
        continue;
      case AttributeType.chapPassword:
      case AttributeType.chapChallenge:
      case AttributeType.eapMessage:
      case AttributeType.messageAuthenticator:
      case AttributeType.proxyState:
      case AttributeType.state:
        continue;
      case AttributeType.vendorSpecific:
        if (isMicrosoft(attribute.value, MS_CHAP_TYPES)) continue;
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

/** What of an Access-Reject may reach the user: Reply-Message, Password-Retry, Error-Cause. */
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

function isOfReject({ type }: Attribute): boolean {
  return type === AttributeType.replyMessage || type === PASSWORD_RETRY || type === ERROR_CAUSE;
}

function isOfChallenge({ type, value }: Attribute): boolean {
  switch (type) {
    case AttributeType.replyMessage:
    case AttributeType.prompt:
    case SESSION_TIMEOUT:
    case IDLE_TIMEOUT:
      return true;
    case AttributeType.vendorSpecific:
      return !isMicrosoft(value, MPPE_TYPES);
  }
  return false;
}

function isMicrosoft(value: Buffer, types: ReadonlySet<number>): boolean {
  return value.length > 4 && value.readUInt32BE(0) === MICROSOFT && types.has(value[4] ?? 0);
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
