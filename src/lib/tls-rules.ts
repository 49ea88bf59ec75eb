// Authenticated encryption and forward secrecy (RFC 9325 §4.2); Node's own list leaves keys shared in advance out.
const BY_CERTIFICATE = [
  ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['DHE-RSA-AES256-GCM-SHA384', 'DHE-RSA-AES128-GCM-SHA256'],
];
const BY_SHARED_KEY = [
  ...['ECDHE-PSK-CHACHA20-POLY1305', 'DHE-PSK-AES256-GCM-SHA384', 'DHE-PSK-AES128-GCM-SHA256'],
  ...['PSK-AES256-GCM-SHA384', 'PSK-AES128-GCM-SHA256'],
];

/** What is spoken at least, and by which ciphers, at both ends of RadSec (RFC 6614 §2.3, RFC 9325). */
export const tlsRules = {
  minVersion: 'TLSv1.2',
  ciphers: [...BY_CERTIFICATE, ...BY_SHARED_KEY].join(':'),
} as const;

/** A version of RADIUS inside TLS: `1.1` has neither MD5 nor shared secret (RFC 9765). */
export type RadiusVersion = '1.0' | '1.1';

/** Names of ALPN for these versions, the preferred one first (RFC 9765 §3.1). */
export function alpnNames(versions: readonly RadiusVersion[]): string[] {
  return (['1.1', '1.0'] as const)
    .filter((version) => versions.includes(version))
    .map((version) => `radius/${version}`);
}

/**
 * The version that a finished handshake has agreed on: 1.0 for a peer that names none. `undefined`: it is not one of
 * ours, or 1.1 below TLS 1.3, which RFC 9765 §3.4 forbids.
 */
export function agreedVersion(
  alpn: string | false | null,
  protocol: string | null,
  versions: readonly RadiusVersion[],
): RadiusVersion | undefined {
  const version = alpn === 'radius/1.1' ? '1.1' : '1.0';
  if (version === '1.1' && protocol !== 'TLSv1.3') return undefined;
  return versions.includes(version) ? version : undefined;
}
