/** Why nobody came of a TLS connection, and what most likely stands behind it. */
export const handshakeCauses = {
  'time-out': 'the handshake was not over in time',
  'too-many-connections': 'too many connections are open: see `maxConnections` and `maxConnectionsPerClient`',
  'too-many-handshakes': 'too many handshakes of this address are open at once',
  'no-certificate': 'the client showed no certificate, and no key that is known',
  'certificate-expired': 'the certificate of the client has expired, or is not valid yet',
  'certificate-untrusted': 'no authority of `clientCa` has signed the certificate of the client',
  'certificate-wrong': 'the certificate of the client may not be used so',
  'unknown-client': 'the certificate of the client fits no client under `clients`',
  'key-wrong': 'the key of this identity is another one at the client, or the identity is not known here',
  'version-unsupported': 'the client speaks neither TLS 1.2 nor TLS 1.3',
  'no-common-cipher': 'there is no cipher that both sides know',
  'alpn-mismatch': 'there is no version of RADIUS that both sides want (RFC 9765); RADIUS/1.1 needs TLS 1.3',
  'refused-by-client': 'the client does not trust our certificate, or objects to something else',
  'not-tls': 'what came is not TLS',
  broken: 'the connection ended within the handshake',
} as const satisfies Record<string, string>;

/** One of `handshakeCauses`: in the log and in `sallyport_radsec_handshake_failures_total`. */
export type HandshakeFailure = keyof typeof handshakeCauses;

const byPattern: readonly (readonly [RegExp, HandshakeFailure])[] = [
  [/HANDSHAKE_TIMEOUT/, 'time-out'],
  [/DID_NOT_RETURN_A_CERTIFICATE/, 'no-certificate'],
  [/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/, 'certificate-expired'],
  [/BINDER|BAD_RECORD_MAC|DECRYPTION_FAILED|PSK|IDENTITY/, 'key-wrong'],
  [/ALERT|TLSV1_ALERT|SSLV3_ALERT/, 'refused-by-client'],
  [/UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|INAPPROPRIATE_FALLBACK/, 'version-unsupported'],
  [/NO_SHARED_CIPHER|NO_SUITABLE|NO_CIPHERS/, 'no-common-cipher'],
  [/APPLICATION_PROTOCOL/, 'alpn-mismatch'],
  [/HTTP_REQUEST|WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL|PACKET_LENGTH|RECORD|UNEXPECTED_MESSAGE/, 'not-tls'],
  [/PURPOSE|INVALID_CA|CERT_REVOKED|CERT_REJECTED|KEY_TOO_SMALL|MD_TOO_WEAK/, 'certificate-wrong'],
  [/ISSUER|SELF_SIGNED|VERIFY_LEAF|CERT/, 'certificate-untrusted'],
];

/** The reason for a failed handshake, by the code of its error or of the verification of its certificate. */
export function handshakeFailure(code: string): HandshakeFailure {
  return byPattern.find(([pattern]) => pattern.test(code))?.[1] ?? 'broken';
}
