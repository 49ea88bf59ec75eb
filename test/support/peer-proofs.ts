import { randomBytes } from 'node:crypto';
import type { AccessRequest } from '../../src/access/index.ts';
import { challengeResponse, chapResponse, ntPasswordHash, ntResponse } from '../../src/radius/index.ts';

/** What the device of a user makes of what they typed, as the credentials of a request. */
type Credentials = Exclude<AccessRequest['credentials'], { readonly kind: 'unsupported' }>;

/** A proof by CHAP over a fresh challenge. */
export function byChap(typed: string): Extract<Credentials, { kind: 'chap' }> {
  const challenge = randomBytes(16);
  const digest = chapResponse(7, Buffer.from(typed), challenge);
  return { kind: 'chap', response: Buffer.concat([Buffer.of(7), digest]), challenge, isImplicit: false };
}

/** One by MS-CHAP. */
export function byMsChap(typed: string): Extract<Credentials, { kind: 'ms-chap' }> {
  const challenge = randomBytes(8);
  const response = challengeResponse(challenge, ntPasswordHash(Buffer.from(typed)));
  const value = Buffer.concat([Buffer.of(7, 1), Buffer.alloc(24), response]);
  return { kind: 'ms-chap', version: 1, identifier: 7, challenge, response: value };
}

/** One by MS-CHAP-V2; `name` is the one that the device computes with. */
export function byMsChap2(typed: string, name: string): Extract<Credentials, { kind: 'ms-chap' }> {
  const challenge = randomBytes(16);
  const peerChallenge = randomBytes(16);
  // No octet of it is a digit, so that it is no passcode in clear.
  for (let index = 0; index < peerChallenge.length; index += 1) peerChallenge[index]! |= 0x80;
  const response = ntResponse({ challenge, peerChallenge, username: Buffer.from(name) }, Buffer.from(typed));
  const value = Buffer.concat([Buffer.of(7, 0), peerChallenge, Buffer.alloc(8), response]);
  return { kind: 'ms-chap', version: 2, identifier: 7, challenge, response: value };
}

/** A packet of EAP from the user's device. */
export function byEap(type: number, data: string | Buffer = '', identifier = 1): Extract<Credentials, { kind: 'eap' }> {
  const body = Buffer.concat([Buffer.of(type), Buffer.from(data as string)]);
  const message = Buffer.concat([Buffer.of(2, identifier, 0, 4 + body.length), body]);
  return { kind: 'eap', message };
}
