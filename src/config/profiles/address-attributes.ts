/** An attribute in which a NAS tells the address of the user. */
export interface AddressAttribute {
  readonly name: string;
  readonly type: number;
  /** For type 26: whose attribute `type` is. */
  readonly vendor?: number;
  /** `text`; `tagged`: text, perhaps behind a tag octet (RFC 2868 §3.3); `octets`: 4 or 16. */
  readonly form: 'text' | 'tagged' | 'octets';
}

const MICROSOFT = 311;
const PALO_ALTO = 25_461;

/** Those that can be named, by their names in the dictionaries. */
export const addressAttributes = {
  'Calling-Station-Id': { type: 31, form: 'text' },
  'Tunnel-Client-Endpoint': { type: 66, form: 'tagged' },
  'PaloAlto-Client-Source-IP': { vendor: PALO_ALTO, type: 7, form: 'text' },
  'MS-User-IPv4-Address': { vendor: MICROSOFT, type: 61, form: 'octets' },
  'MS-User-IPv6-Address': { vendor: MICROSOFT, type: 62, form: 'octets' },
} as const satisfies Record<string, Omit<AddressAttribute, 'name'>>;

/** The name of one. */
export type AddressAttributeName = keyof typeof addressAttributes;

/** The attribute of that name. */
export function addressAttribute(name: AddressAttributeName): AddressAttribute {
  return { name, ...addressAttributes[name] };
}
