import type { AccessRequest } from '../access/index.ts';
import {
  allValues,
  AttributeType,
  CHAP_PASSWORD_OCTETS,
  EapCode,
  joinEap,
  MICROSOFT,
  microsoftAttributes,
  MicrosoftType,
  MS_CHAP_RESPONSE_OCTETS,
  readEap,
  type Attribute,
  type Packet,
} from '../radius/index.ts';

type OtherCredentials = AccessRequest['credentials'];

const VENDOR_OCTETS = 4;
const unsupported = { kind: 'unsupported' } as const;

// The octets of MS-CHAP-CPW-1, MS-CHAP-CPW-2 and MS-CHAP2-CPW (RFC 2548 §2.1.6, §2.1.7, §2.3.4).
const CHANGE_OCTETS: Readonly<Record<number, number>> = {
  [MicrosoftType.msChapChangePassword1]: 70,
  [MicrosoftType.msChapChangePassword2]: 84,
  [MicrosoftType.msChap2ChangePassword]: 68,
};

// Each of these is a password of its own; the rest of MS-CHAP goes with one of them.
const MS_CHAP_FORMS: ReadonlySet<number> = new Set([
  MicrosoftType.msChapResponse,
  MicrosoftType.msChap2Response,
  ...Object.keys(CHANGE_OCTETS).map(Number),
]);

/** Whether a Vendor-Specific holds a password in one of Microsoft's ways, or a part of one; malformed ones count as well. */
export function isMsChap(value: Buffer): boolean {
  if (value.length < VENDOR_OCTETS + 2 || value.readUInt32BE(0) !== MICROSOFT) return false;
  // Several attributes of one vendor may share one Vendor-Specific (RFC 2865 §5.26).
  for (let position = VENDOR_OCTETS; position < value.length;) {
    const type = value[position] ?? 0;
    if (type === MicrosoftType.msChapChallenge || MS_CHAP_FORMS.has(type)) return true;
    position += Math.max(2, value[position + 1] ?? 0);
  }
  return false;
}

/**
 * The credentials of a request that has no plain password: CHAP, MS-CHAP or EAP. `unsupported` for what is not well formed,
 * and for several at once, since nobody could say which of them counts (RFC 3579 §3.3 note 1).
 */
export function readOtherCredentials({ attributes, authenticator }: Packet): OtherCredentials {
  const found = [readChap(attributes, authenticator), readMsChap(attributes), readEapCredentials(attributes)];
  const [credentials = unsupported, ...more] = found.filter((form) => form !== undefined);
  return more.length > 0 ? unsupported : credentials;
}

// RFC 2865 §5.3: without CHAP-Challenge the request authenticator is the challenge.
function readChap(attributes: readonly Attribute[], authenticator: Buffer): OtherCredentials | undefined {
  const [response, ...more] = allValues(attributes, AttributeType.chapPassword);
  if (response === undefined) return undefined;
  const [challenge, ...others] = allValues(attributes, AttributeType.chapChallenge);
  const isSound = response.length === CHAP_PASSWORD_OCTETS && challenge?.length !== 0;
  if (!isSound || more.length > 0 || others.length > 0) return unsupported;
  return { kind: 'chap', response, challenge: challenge ?? authenticator, isImplicit: challenge === undefined };
}

function readMsChap(attributes: readonly Attribute[]): OtherCredentials | undefined {
  const all = allValues(attributes, AttributeType.vendorSpecific).flatMap(microsoftAttributes);
  const forms = all.filter(({ type }) => MS_CHAP_FORMS.has(type));
  const challenges = all.filter(({ type }) => type === MicrosoftType.msChapChallenge);
  const [form] = forms;
  const [challenge] = challenges;
  if (form === undefined && challenge === undefined) return undefined;
  if (form === undefined || challenge === undefined || forms.length + challenges.length > 2) return unsupported;
  const { type, value } = form;
  const isSecond = type === MicrosoftType.msChap2Response || type === MicrosoftType.msChap2ChangePassword;
  const changeOctets = CHANGE_OCTETS[type];
  if (value.length !== (changeOctets ?? MS_CHAP_RESPONSE_OCTETS)) return unsupported;
  return {
    kind: 'ms-chap',
    version: isSecond ? 2 : 1,
    // A change has its own code before the identifier.
    identifier: value[changeOctets === undefined ? 0 : 1] ?? 0,
    challenge: challenge.value,
    response: changeOctets === undefined ? value : undefined,
  };
}

// RFC 3579 §2.1: at most two octets are EAP-Start; a NAS relays nothing but responses.
function readEapCredentials(attributes: readonly Attribute[]): OtherCredentials | undefined {
  if (!attributes.some(({ type }) => type === AttributeType.eapMessage)) return undefined;
  const message = joinEap(attributes);
  const isSound = message.length <= MAX_START_OCTETS || readEap(message)?.code === EapCode.response;
  return isSound ? { kind: 'eap', message } : unsupported;
}

const MAX_START_OCTETS = 2;
