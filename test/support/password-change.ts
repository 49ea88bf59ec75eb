import { randomBytes } from 'node:crypto';
import {
  challengeResponse,
  microsoftValue,
  MicrosoftType,
  ntPasswordHash,
  ntResponse,
} from '../../src/radius/index.ts';
import type { Attribute } from '../../src/radius/index.ts';
import type { MsChapCredentials } from '../../src/primary/index.ts';

/** What the device of a user sends to change their password by MS-CHAP-V2 (RFC 2759 §7). */
export interface PasswordChangePacket {
  readonly credentials: MsChapCredentials;
  /** MS-CHAP-Challenge, MS-CHAP2-CPW and three MS-CHAP-NT-Enc-PW (RFC 2548 §2.1.8, §2.3.4). */
  readonly attributes: readonly Attribute[];
}

const CODE = 7;
const ENCRYPTED_CODE = 6;
const CHUNK_OCTETS = 243;

/** The change from `old` to `fresh`; `name` is the one that the device computes with. */
export function changeByMsChap2(old: string, fresh: string, name: string): PasswordChangePacket {
  const identifier = 8;
  const [challenge, peerChallenge] = [randomBytes(16), randomBytes(16)];
  const [oldHash, newHash] = [old, fresh].map((text) => ntPasswordHash(Buffer.from(text))) as [Buffer, Buffer];
  const response = ntResponse({ challenge, peerChallenge, username: Buffer.from(name) }, Buffer.from(fresh));
  const change = Buffer.concat([
    Buffer.of(CODE, identifier),
    hashUnder(oldHash, newHash),
    peerChallenge,
    Buffer.alloc(8),
    response,
    Buffer.alloc(2),
  ]);
  const block = rc4(passwordBlock(fresh), oldHash);
  const chunks = [1, 2, 3].map((sequence) => {
    const part = block.subarray((sequence - 1) * CHUNK_OCTETS, sequence * CHUNK_OCTETS);
    return Buffer.concat([Buffer.of(ENCRYPTED_CODE, identifier, 0, sequence), part]);
  });
  const microsoft = (type: number, value: Buffer): Attribute => ({ type: 26, value: microsoftValue(type, value) });
  return {
    credentials: { kind: 'ms-chap', version: 2, identifier, challenge, response: undefined },
    attributes: [
      microsoft(MicrosoftType.msChapChallenge, challenge),
      microsoft(MicrosoftType.msChap2ChangePassword, change),
      ...chunks.map((chunk) => microsoft(MicrosoftType.msChapNtEncryptedPassword, chunk)),
    ],
  };
}

// EncryptPwBlockWithPasswordHash (RFC 2759 §8.10): random octets, the password at their end, its length behind.
function passwordBlock(password: string): Buffer {
  const text = Buffer.from(password, 'utf16le');
  const block = Buffer.concat([randomBytes(512), Buffer.alloc(4)]);
  text.copy(block, 512 - text.length);
  block.writeUInt32LE(text.length, 512);
  return block;
}

// NtPasswordHashEncryptedWithBlock (RFC 2759 §8.13): each half under seven octets of the other hash.
function hashUnder(hash: Buffer, key: Buffer): Buffer {
  return Buffer.concat([
    challengeResponse(hash.subarray(0, 8), key).subarray(0, 8),
    challengeResponse(hash.subarray(8), key).subarray(8, 16),
  ]);
}

// OpenSSL 3 has it no more.
function rc4(octets: Buffer, key: Buffer): Buffer {
  const box = Array.from({ length: 256 }, (_, index) => index);
  const swap = (a: number, b: number): void => void ([box[a], box[b]] = [box[b]!, box[a]!]);
  for (let i = 0, j = 0; i < 256; i += 1) {
    j = (j + box[i]! + key[i % key.length]!) & 0xff;
    swap(i, j);
  }
  let [i, j] = [0, 0];
  return octets.map((octet) => {
    i = (i + 1) & 0xff;
    j = (j + box[i]!) & 0xff;
    swap(i, j);
    return octet ^ box[(box[i]! + box[j]!) & 0xff]!;
  }) as Buffer;
}
