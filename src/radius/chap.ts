import { hash } from 'node:crypto';

/** Octets of the value of CHAP-Password: the identifier and a digest (RFC 2865 §5.3). */
export const CHAP_PASSWORD_OCTETS = 17;

/** What a peer answers to a CHAP challenge: 16 octets (RFC 1994 §4.1). */
export function chapResponse(identifier: number, password: Buffer, challenge: Buffer): Buffer {
  return hash('md5', Buffer.concat([Buffer.of(identifier), password, challenge]), 'buffer');
}
