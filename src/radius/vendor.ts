const VENDOR_HEADER_OCTETS = 4;

/** The vendor that MS-CHAP and MPPE keys belong to (RFC 2548 §2). */
export const MICROSOFT = 311;

/** The vendor whose secrets are hidden in a way of their own. */
export const ASCEND = 529;

/** Ascend-Send-Secret and Ascend-Receive-Secret. */
export const AscendType = { sendSecret: 214, receiveSecret: 215 } as const;

/** Vendor types of Microsoft that the program itself speaks about (RFC 2548 §2.1–2.4). */
export const MicrosoftType = {
  msChapResponse: 1,
  msChapError: 2,
  msChapChangePassword1: 3,
  msChapChangePassword2: 4,
  msChapLmEncryptedPassword: 5,
  msChapNtEncryptedPassword: 6,
  msChapChallenge: 11,
  msChapMppeKeys: 12,
  mppeSendKey: 16,
  mppeReceiveKey: 17,
  msChap2Response: 25,
  msChap2Success: 26,
  msChap2ChangePassword: 27,
} as const;

// Each is a password in one of Microsoft's ways, or a part of one (RFC 2548 §2.1, §2.3).
const MS_CHAP_TYPES: ReadonlySet<number> = new Set([
  MicrosoftType.msChapResponse,
  MicrosoftType.msChapChangePassword1,
  MicrosoftType.msChapChangePassword2,
  MicrosoftType.msChapLmEncryptedPassword,
  MicrosoftType.msChapNtEncryptedPassword,
  MicrosoftType.msChapChallenge,
  MicrosoftType.msChap2Response,
  MicrosoftType.msChap2ChangePassword,
]);

/** One attribute of Microsoft: its type and octets. */
export interface MicrosoftAttribute {
  readonly type: number;
  readonly value: Buffer;
}

const NONE: readonly MicrosoftAttribute[] = [];

/**
 * Microsoft's attributes in the value of a Vendor-Specific (RFC 2865 §5.26: one may hold several); none when it is another
 * vendor's. What does not fit ends the list.
 */
export function microsoftAttributes(value: Buffer): readonly MicrosoftAttribute[] {
  if (value.length < VENDOR_HEADER_OCTETS + 2 || value.readUInt32BE(0) !== MICROSOFT) return NONE;
  const found: MicrosoftAttribute[] = [];
  for (let at = VENDOR_HEADER_OCTETS; at < value.length;) {
    const octets = value[at + 1] ?? 0;
    if (octets < 2 || at + octets > value.length) break;
    found.push({ type: value[at] ?? 0, value: value.subarray(at + 2, at + octets) });
    at += octets;
  }
  return found;
}

/** The value of a Vendor-Specific that holds one attribute of Microsoft. */
export function microsoftValue(type: number, octets: Uint8Array): Buffer {
  const head = Buffer.alloc(VENDOR_HEADER_OCTETS + 2);
  head.writeUInt32BE(MICROSOFT);
  head[VENDOR_HEADER_OCTETS] = type;
  head[VENDOR_HEADER_OCTETS + 1] = octets.length + 2;
  return Buffer.concat([head, octets]);
}

/** Whether the value of a Vendor-Specific holds a password by MS-CHAP, or a part of one. */
export function holdsMsChap(value: Buffer): boolean {
  return microsoftAttributes(value).some(({ type }) => MS_CHAP_TYPES.has(type));
}
