import { hash } from 'node:crypto';

/**
 * The load generator's own small codec: shares nothing with `src/`, so a mistake made there cannot hide itself here.
 * It knows Access-Request with PAP and what a NAS must check of a reply, and is written to cost little.
 */
export interface NasSecret {
  readonly octets: Buffer;
  readonly innerPad: Buffer;
  readonly outerPad: Buffer;
}

/** What one Access-Request carries besides the fixed attributes of the NAS. */
export interface RequestFields {
  readonly identifier: number;
  /** 16 octets. */
  readonly authenticator: Buffer;
  readonly username: string;
  readonly password: string;
  /** Octets of whole attributes, already encoded. */
  readonly nasAttributes: Buffer;
  /** The value to give back when a challenge is answered. */
  readonly state?: Buffer;
}

/** Room one request takes in a pool: 20 octets of header and about 150 of attributes. */
export const REQUEST_STRIDE = 320;

const HEADER = 20;
const BLOCK = 64;
const MESSAGE_AUTHENTICATOR = 80;
const STATE = 24;
const scratch = Buffer.alloc(8192);
const digest = Buffer.alloc(16);

/** The pads of HMAC (RFC 2104), made once per secret. */
export function createNasSecret(text: string): NasSecret {
  const octets = Buffer.from(text);
  if (octets.length > BLOCK) throw new RangeError('a shared secret of the benchmark has at most 64 octets');
  const pad = (filler: number): Buffer => {
    const block = Buffer.alloc(BLOCK, filler);
    octets.forEach((octet, index) => (block[index] = filler ^ octet));
    return block;
  };
  return { octets, innerPad: pad(0x36), outerPad: pad(0x5c) };
}

/** Writes an Access-Request with Message-Authenticator at `offset` (RFC 2865 §4.1, RFC 3579 §3.2); gives its length. */
export function writeAccessRequest(out: Buffer, offset: number, fields: RequestFields, secret: NasSecret): number {
  let end = offset + HEADER;
  out[offset] = 1;
  out[offset + 1] = fields.identifier;
  fields.authenticator.copy(out, offset + 4);
  out[end] = MESSAGE_AUTHENTICATOR;
  out[end + 1] = 18;
  out.fill(0, end + 2, end + 18);
  end += 18;
  out[end] = 1;
  out[end + 1] = 2 + out.write(fields.username, end + 2, 'latin1');
  end += out[end + 1] ?? 0;
  end += writePassword(out, end, fields, secret);
  end += fields.nasAttributes.copy(out, end);
  if (fields.state !== undefined) {
    out[end] = STATE;
    out[end + 1] = 2 + fields.state.copy(out, end + 2);
    end += out[end + 1] ?? 0;
  }
  out.writeUInt16BE(end - offset, offset + 2);
  hmacMd5(out.subarray(offset, end), secret).copy(out, offset + HEADER + 2);
  return end - offset;
}

/** Whether the Response Authenticator is that of the one who knows the secret (RFC 2865 §3). */
export function isAuthenticReply(reply: Buffer, requestAuthenticator: Buffer, secret: NasSecret): boolean {
  if (reply.length < HEADER || reply.readUInt16BE(2) !== reply.length) return false;
  reply.copy(scratch);
  requestAuthenticator.copy(scratch, 4);
  secret.octets.copy(scratch, reply.length);
  md5(scratch.subarray(0, reply.length + secret.octets.length));
  return reply.compare(digest, 0, 16, 4, 20) === 0;
}

/** Whether the reply has a Message-Authenticator, and the right one (RFC 3579 §3.2). */
export function hasMessageAuthenticator(reply: Buffer, requestAuthenticator: Buffer, secret: NasSecret): boolean {
  const value = valueOf(reply, MESSAGE_AUTHENTICATOR);
  if (value?.length !== 16) return false;
  const signed = Buffer.from(reply);
  requestAuthenticator.copy(signed, 4);
  signed.fill(0, value.byteOffset - reply.byteOffset, value.byteOffset - reply.byteOffset + 16);
  return hmacMd5(signed, secret).equals(value);
}

/** The State of a challenge, or `undefined`. */
export function stateOf(reply: Buffer): Buffer | undefined {
  return valueOf(reply, STATE);
}

/** Encodes one attribute. */
export function attribute(type: number, value: Buffer | string): Buffer {
  const octets = Buffer.from(value);
  return Buffer.concat([Buffer.of(type, octets.length + 2), octets]);
}

function valueOf(reply: Buffer, type: number): Buffer | undefined {
  for (let at = HEADER; at + 2 <= reply.length; at += Math.max(2, reply[at + 1] ?? 0)) {
    if (reply[at] === type) return reply.subarray(at + 2, at + (reply[at + 1] ?? 2));
  }
  return undefined;
}

// One block is enough: the passwords and passcodes of the benchmark have at most 16 octets (RFC 2865 §5.2).
function writePassword(out: Buffer, at: number, fields: RequestFields, secret: NasSecret): number {
  if (fields.password.length > 16) throw new RangeError('a password of the benchmark has at most 16 octets');
  out[at] = 2;
  out[at + 1] = 18;
  out.fill(0, at + 2, at + 18);
  out.write(fields.password, at + 2, 'latin1');
  secret.octets.copy(scratch);
  fields.authenticator.copy(scratch, secret.octets.length);
  md5(scratch.subarray(0, secret.octets.length + 16));
  for (let index = 0; index < 16; index += 1) out[at + 2 + index]! ^= digest[index]!;
  return 18;
}

function hmacMd5(message: Buffer, secret: NasSecret): Buffer {
  secret.innerPad.copy(scratch);
  message.copy(scratch, BLOCK);
  md5(scratch.subarray(0, BLOCK + message.length));
  secret.outerPad.copy(scratch);
  digest.copy(scratch, BLOCK);
  return md5(scratch.subarray(0, BLOCK + 16));
}

// A digest as a binary string costs half of one as a Buffer on Node 24: no backing store is allocated for it.
function md5(octets: Buffer): Buffer {
  digest.write(hash('md5', octets, 'binary'), 'latin1');
  return digest;
}
