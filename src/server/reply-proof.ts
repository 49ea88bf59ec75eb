import type { AccessRequest } from '../access/index.ts';
import type { Random } from '../lib/random.ts';
import { AttributeType, microsoftAttributes, MicrosoftType, microsoftValue, type Attribute } from '../radius/index.ts';

type MsChap = Extract<AccessRequest['credentials'], { readonly kind: 'ms-chap' }>;

// ERROR_AUTHENTICATION_FAILURE, and that it is not worth another try over the new challenge (RFC 2759 §6, RFC 2433 §9).
const REFUSED = 'E=691 R=0';
const CHALLENGE_OCTETS = { 1: 8, 2: 16 } as const;
// A vendor's attribute has room for 247 octets; the identifier is one of them.
const MAX_ERROR_OCTETS = 246;

/** Whether it is an MS-CHAP-Error (RFC 2548 §2.1.5). */
export function isMsChapError({ type, value }: Attribute): boolean {
  if (type !== AttributeType.vendorSpecific) return false;
  return microsoftAttributes(value).some((one) => one.type === MicrosoftType.msChapError);
}

/** The MS-CHAP-Error of a Reject of ours: without one, the user's side hears nothing. `message` is what the user reads. */
export function msChapError({ version, identifier }: MsChap, message: string, random: Random): Attribute {
  const challenge = random.octets(CHALLENGE_OCTETS[version]).toString('hex').toUpperCase();
  const text = version === 1 ? `${REFUSED} C=${challenge} V=2` : `${REFUSED} C=${challenge} V=3 M=${message}`;
  const octets = Buffer.alloc(MAX_ERROR_OCTETS);
  const length = octets.write(text);
  const value = Buffer.concat([Buffer.of(identifier), octets.subarray(0, length)]);
  return { type: AttributeType.vendorSpecific, value: microsoftValue(MicrosoftType.msChapError, value) };
}
