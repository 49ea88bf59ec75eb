import { createCipheriv, hash } from 'node:crypto';
import md4 from 'js-md4';

/*
 * MS-CHAP (RFC 2433), MS-CHAP-V2 (RFC 2759) and the keys that follow from it (RFC 3079), as far as who knows a password
 * needs them to check a response and to answer it. Passwords are octets in UTF-8.
 */

const DES_KEY_OCTETS = 7;
const HASH_OCTETS = 16;

/** Octets of the value of MS-CHAP-Response and of MS-CHAP2-Response (RFC 2548 §2.1.3, §2.3.2). */
export const MS_CHAP_RESPONSE_OCTETS = 50;

const MAGIC_SERVER = Buffer.from('Magic server to client signing constant');
const MAGIC_ITERATION = Buffer.from('Pad to make it do more than one iteration');
const MAGIC_MASTER = Buffer.from('This is the MPPE Master Key');
const MAGIC_CLIENT_SENDS = 'On the client side, this is the send key; on the server side, it is the receive key.';
const MAGIC_SERVER_SENDS = 'On the client side, this is the receive key; on the server side, it is the send key.';
const PAD1 = Buffer.alloc(40);
const PAD2 = Buffer.alloc(40, 0xf2);

/** NtPasswordHash: MD4 of the password in UTF-16, little end first (RFC 2759 §8.3). */
export function ntPasswordHash(password: Buffer): Buffer {
  return Buffer.from(md4.array(Buffer.from(password.toString('utf8'), 'utf16le')));
}

/** ChallengeResponse: 24 octets from a challenge of eight and the hash of a password (RFC 2759 §8.5). */
export function challengeResponse(challenge: Buffer, passwordHash: Buffer): Buffer {
  const padded = Buffer.alloc(3 * DES_KEY_OCTETS);
  passwordHash.copy(padded);
  const blocks = [0, 1, 2].map((index) => {
    const at = index * DES_KEY_OCTETS;
    return desEncrypt(challenge, padded.subarray(at, at + DES_KEY_OCTETS));
  });
  return Buffer.concat(blocks);
}

/** What an exchange of MS-CHAP-V2 is about. */
export interface MsChap2Exchange {
  /** Of the authenticator: MS-CHAP-Challenge. */
  readonly challenge: Buffer;
  readonly peerChallenge: Buffer;
  /** Without the domain before it (RFC 2759 §8.2). */
  readonly username: Buffer;
}

/** ChallengeHash: eight octets (RFC 2759 §8.2). */
export function challengeHash({ challenge, peerChallenge, username }: MsChap2Exchange): Buffer {
  return sha1(peerChallenge, challenge, username).subarray(0, 8);
}

/** GenerateNTResponse: 24 octets (RFC 2759 §8.1). */
export function ntResponse(exchange: MsChap2Exchange, password: Buffer): Buffer {
  return challengeResponse(challengeHash(exchange), ntPasswordHash(password));
}

/** GenerateAuthenticatorResponse: `S=` and 40 hexadecimal digits (RFC 2759 §8.7). */
export function authenticatorResponse(exchange: MsChap2Exchange, response: Buffer, password: Buffer): string {
  const digest = sha1(hashHash(password), response, MAGIC_SERVER);
  return `S=${sha1(digest, challengeHash(exchange), MAGIC_ITERATION).toString('hex').toUpperCase()}`;
}

/** Keys of MPPE as the NAS uses them. */
export interface MppeKeys {
  /** For what it sends: MS-MPPE-Send-Key. */
  readonly send: Buffer;
  readonly receive: Buffer;
}

/** The 128-bit session keys that follow from a response over a password (RFC 3079 §3.3, §3.4). */
export function mppeKeys(response: Buffer, password: Buffer): MppeKeys {
  const master = sha1(hashHash(password), response, MAGIC_MASTER).subarray(0, HASH_OCTETS);
  const keyOf = (magic: string): Buffer => sha1(master, PAD1, Buffer.from(magic), PAD2).subarray(0, HASH_OCTETS);
  return { send: keyOf(MAGIC_SERVER_SENDS), receive: keyOf(MAGIC_CLIENT_SENDS) };
}

function hashHash(password: Buffer): Buffer {
  return Buffer.from(md4.array(ntPasswordHash(password)));
}

function sha1(...parts: Buffer[]): Buffer {
  return hash('sha1', Buffer.concat(parts), 'buffer');
}

// Single DES is gone from OpenSSL 3; three times the same key is the same. Parity bits are not looked at.
function desEncrypt(block: Buffer, key: Buffer): Buffer {
  const spread = spreadKey(key);
  const cipher = createCipheriv('des-ede3', Buffer.concat([spread, spread, spread]), null);
  return cipher.setAutoPadding(false).update(block);
}

// Seven bits an octet, the lowest one free for parity (RFC 2759 §8.6).
function spreadKey(key: Buffer): Buffer {
  const spread = Buffer.alloc(DES_KEY_OCTETS + 1);
  for (let index = 0; index <= DES_KEY_OCTETS; index += 1) {
    const before = index === 0 ? 0 : (key[index - 1] ?? 0) << (8 - index);
    spread[index] = (before | ((key[index] ?? 0) >> index)) & 0xfe;
  }
  return spread;
}
