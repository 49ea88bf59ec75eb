/** The namespaces that stand in a key container (RFC 6030 §1.3, §6). */
export const namespaces = {
  pskc: 'urn:ietf:params:xml:ns:keyprov:pskc',
  xmlSignature: 'http://www.w3.org/2000/09/xmldsig#',
  xmlEncryption: 'http://www.w3.org/2001/04/xmlenc#',
  xmlEncryption11: 'http://www.w3.org/2009/xmlenc11#',
  pkcs5: 'http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#',
} as const;

/** Names of algorithms differ in their namespaces between versions of the standards: what is behind the last `#` or `:` counts. */
export function algorithmName(identifier: string): string {
  return identifier.replace(/^.*[#:]/s, '').toLowerCase();
}

/** The hash of an HMAC by the name of its algorithm; `undefined` for others. */
export function hashOfHmac(identifier: string): 'sha1' | 'sha256' | 'sha512' | undefined {
  return hmacs[algorithmName(identifier)];
}

const hmacs: Readonly<Record<string, 'sha1' | 'sha256' | 'sha512'>> = Object.freeze(
  Object.assign(
    Object.create(null) as object,
    {
      'hmac-sha1': 'sha1',
      'hmac-sha256': 'sha256',
      'hmac-sha512': 'sha512',
    } as const,
  ),
);
