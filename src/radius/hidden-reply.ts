import type { Random } from '../lib/random.ts';
import { ASCEND_SECRET_OCTETS, coverAscendSecret } from './ascend-secret.ts';
import { AttributeType, type Attribute, type ClearAttribute } from './attribute.ts';
import { createSalts, hideSalted, revealSalted } from './salted.ts';
import type { SharedKey } from './shared-key.ts';
import { hideUserPassword, revealPadded } from './user-password.ts';
import { ASCEND, AscendType, MICROSOFT, MicrosoftType } from './vendor.ts';

const VENDOR_HEADER_OCTETS = 4;
const VENDOR_TYPE_OCTETS = VENDOR_HEADER_OCTETS + 2;

/** Vendor attributes with salted values, as `vendor × 256 + type`; vendors of format 1,1 only. */
export type SaltedVendorTypes = ReadonlySet<number>;

/** MS-MPPE-Send-Key and MS-MPPE-Recv-Key (RFC 2548 §2.4.2, §2.4.3). */
export const microsoftSaltedTypes: SaltedVendorTypes = new Set([
  MICROSOFT * 256 + MicrosoftType.mppeSendKey,
  MICROSOFT * 256 + MicrosoftType.mppeReceiveKey,
]);

// MS-CHAP-MPPE-Keys (RFC 2548 §2.4.1).
const PASSWORD_LIKE = MICROSOFT * 256 + MicrosoftType.msChapMppeKeys;
const ASCEND_SECRETS: ReadonlySet<number> = new Set([
  ASCEND * 256 + AscendType.sendSecret,
  ASCEND * 256 + AscendType.receiveSecret,
]);

type HowHidden = NonNullable<ClearAttribute['hidden']>;
type Hide = (clear: Buffer, requestAuthenticator: Buffer, key: SharedKey, nextSalt: () => Buffer) => Buffer;
type Reveal = (hidden: Buffer, requestAuthenticator: Buffer, key: SharedKey) => Buffer | undefined;

const hiding: Readonly<Record<HowHidden, Hide>> = {
  salted: (clear, requestAuthenticator, key, nextSalt) => hideSalted(clear, nextSalt(), requestAuthenticator, key),
  password: hideUserPassword,
  ascend: coverAscendSecret,
};
const revealing: Readonly<Record<HowHidden, Reveal>> = {
  salted: revealSalted,
  password: revealPadded,
  ascend: coverAscendSecret,
};

/**
 * A home server's reply attributes with the salted ones in clear, to be hidden again for the client.
 * A Vendor-Specific attribute that carries several is split. `undefined` when a salted value is malformed.
 */
export function revealReply(
  attributes: readonly Attribute[],
  requestAuthenticator: Buffer,
  key: SharedKey,
  saltedTypes: SaltedVendorTypes = microsoftSaltedTypes,
): ClearAttribute[] | undefined {
  const clear: ClearAttribute[] = [];
  for (const attribute of attributes) {
    const revealed = revealOne(attribute, requestAuthenticator, key, saltedTypes);
    if (revealed === undefined) return undefined;
    clear.push(...revealed);
  }
  return clear;
}

/** The attributes as they go on the wire to the client, each salted value under a fresh salt, unique in the packet. */
export function hideReply(
  attributes: readonly ClearAttribute[],
  requestAuthenticator: Buffer,
  key: SharedKey,
  random: Random,
): Attribute[] {
  if (!attributes.some((attribute) => attribute.hidden !== undefined)) return [...attributes];
  const nextSalt = createSalts(random);
  return attributes.map((attribute) => {
    if (attribute.hidden === undefined) return attribute;
    const { type, value } = attribute;
    if (type === AttributeType.tunnelPassword) {
      const hidden = hideSalted(value.subarray(1), nextSalt(), requestAuthenticator, key);
      return { type, value: Buffer.concat([value.subarray(0, 1), hidden]) };
    }
    const clear = value.subarray(VENDOR_TYPE_OCTETS);
    const hide = hiding[attribute.hidden];
    const hidden = hide(clear, requestAuthenticator, key, nextSalt);
    return { type, value: vendorValue(value, hidden) };
  });
}

/**
 * Attributes whose hidden values already stand in clear (RFC 9765 §5.1), marked so that `hideReply` hides them: of
 * Tunnel-Password the tag and the string, of vendors' salted ones the string. One that carries several is split.
 */
export function markSalted(
  attributes: readonly Attribute[],
  saltedTypes: SaltedVendorTypes = microsoftSaltedTypes,
): ClearAttribute[] {
  return attributes.flatMap((attribute): ClearAttribute[] => {
    const { type, value } = attribute;
    if (type === AttributeType.tunnelPassword && value.length > 0) return [{ type, value, hidden: 'salted' }];
    const parts = type === AttributeType.vendorSpecific ? splitVendor(value) : undefined;
    if (!parts?.some((part) => howHidden(part, saltedTypes) !== undefined)) return [attribute];
    return parts.map((part): ClearAttribute => {
      const hidden = howHidden(part, saltedTypes);
      return hidden === undefined ? { type, value: part } : { type, value: part, hidden };
    });
  });
}

function revealOne(
  attribute: Attribute,
  requestAuthenticator: Buffer,
  key: SharedKey,
  saltedTypes: SaltedVendorTypes,
): ClearAttribute[] | undefined {
  const { type, value } = attribute;
  if (type === AttributeType.tunnelPassword) {
    const clear = revealSalted(value.subarray(1), requestAuthenticator, key);
    if (clear === undefined) return undefined;
    return [{ type, value: Buffer.concat([value.subarray(0, 1), clear]), hidden: 'salted' }];
  }
  if (type !== AttributeType.vendorSpecific) return [attribute];
  const parts = splitVendor(value);
  if (!parts?.some((part) => howHidden(part, saltedTypes) !== undefined)) return [attribute];
  const revealed: ClearAttribute[] = [];
  for (const part of parts) {
    const hidden = howHidden(part, saltedTypes);
    if (hidden === undefined) {
      revealed.push({ type, value: part });
      continue;
    }
    const clear = revealing[hidden](part.subarray(VENDOR_TYPE_OCTETS), requestAuthenticator, key);
    if (clear === undefined) return undefined;
    revealed.push({ type, value: vendorValue(part, clear), hidden });
  }
  return revealed;
}

function howHidden(part: Buffer, saltedTypes: SaltedVendorTypes): HowHidden | undefined {
  const type = part.readUInt32BE(0) * 256 + (part[VENDOR_HEADER_OCTETS] ?? 0);
  if (saltedTypes.has(type)) return 'salted';
  if (type === PASSWORD_LIKE) return 'password';
  const isAscend = ASCEND_SECRETS.has(type) && part.length === VENDOR_TYPE_OCTETS + ASCEND_SECRET_OCTETS;
  return isAscend ? 'ascend' : undefined;
}

// One value of attribute 26 for each vendor attribute in it; `undefined` when the body is not of format 1,1.
function splitVendor(value: Buffer): Buffer[] | undefined {
  const parts: Buffer[] = [];
  let position = VENDOR_HEADER_OCTETS;
  while (position < value.length) {
    const octets = value[position + 1] ?? 0;
    if (octets < 2 || position + octets > value.length) return undefined;
    parts.push(Buffer.concat([value.subarray(0, VENDOR_HEADER_OCTETS), value.subarray(position, position + octets)]));
    position += octets;
  }
  return parts;
}

function vendorValue(header: Buffer, body: Buffer): Buffer {
  const value = Buffer.concat([header.subarray(0, VENDOR_TYPE_OCTETS), body]);
  value[VENDOR_HEADER_OCTETS + 1] = (body.length + 2) & 0xff;
  return value;
}
