import { createHash, createHmac, randomBytes } from 'node:crypto';

/** Octets built and checked with `node:crypto` alone, so that our codec is not its own witness. */
export type Pair = readonly [type: number, value: Buffer];

export interface RequestFields {
  readonly code?: number;
  readonly identifier?: number;
  readonly authenticator?: Buffer;
  readonly attributes?: readonly Pair[];
  readonly secret?: string;
  /** Where Message-Authenticator stands. */
  readonly signed?: 'first' | 'last' | 'twice' | 'no';
}

export const SECRET = 'a-shared-secret-of-the-tests';
const SIGNATURE: Pair = [80, Buffer.alloc(16)];

export function makeRequest(fields: RequestFields = {}): Buffer {
  const { attributes = [userName('alice'), userPassword('secret', fields)], signed = 'last' } = fields;
  const all = {
    first: [SIGNATURE, ...attributes],
    last: [...attributes, SIGNATURE],
    twice: [SIGNATURE, ...attributes, SIGNATURE],
    no: attributes,
  }[signed];
  const packet = layOut(fields.code ?? 1, fields.identifier ?? 7, authenticatorOf(fields), all);
  if (signed !== 'no') sign(packet, signed === 'last' ? packet.length - 16 : 22, fields.secret ?? SECRET);
  return packet;
}

export function userName(name: string): Pair {
  return [1, Buffer.from(name)];
}

/** RFC 2865 §5.2, for passwords of up to 16 octets. */
export function userPassword(password: string, fields: RequestFields = {}): Pair {
  const stream = createHash('md5')
    .update(fields.secret ?? SECRET)
    .update(authenticatorOf(fields))
    .digest();
  const hidden = Buffer.alloc(16);
  hidden.write(password);
  return [2, hidden.map((octet, index) => octet ^ stream[index]!) as Buffer];
}

export function proxyState(text: string): Pair {
  return [33, Buffer.from(text)];
}

/** The authenticator of requests that name none: fixed, so that two of them are the same request. */
export const AUTHENTICATOR = Buffer.from('0123456789abcdef');

export function freshAuthenticator(): Buffer {
  return randomBytes(16);
}

export interface CheckedReply {
  readonly code: number;
  readonly identifier: number;
  readonly pairs: readonly Pair[];
  readonly types: readonly number[];
  /** Text of all Reply-Message attributes. */
  readonly message: string;
  values(type: number): Buffer[];
}

/** Takes a reply apart; throws unless its Response Authenticator and, where it is, its Message-Authenticator are right. */
export function checkReply(reply: Buffer, request: Buffer, secret = SECRET): CheckedReply {
  const signed = Buffer.concat([reply.subarray(0, 4), request.subarray(4, 20), reply.subarray(20)]);
  const digest = createHash('md5').update(signed).update(secret).digest();
  if (!digest.equals(reply.subarray(4, 20))) throw new Error('wrong Response Authenticator');
  const pairs = takeApart(reply);
  const signature = pairs.find(([type]) => type === 80)?.[1];
  if (signature !== undefined) {
    const zeroed = Buffer.from(signed);
    zeroed.fill(0, signature.byteOffset - reply.byteOffset, signature.byteOffset - reply.byteOffset + 16);
    const hmac = createHmac('md5', secret).update(zeroed).digest();
    if (!hmac.equals(signature)) throw new Error('wrong Message-Authenticator');
  }
  const values = (type: number): Buffer[] => pairs.filter(([found]) => found === type).map(([, value]) => value);
  return {
    code: reply[0]!,
    identifier: reply[1]!,
    pairs,
    types: pairs.map(([type]) => type),
    message: Buffer.concat(values(18)).toString(),
    values,
  };
}

function authenticatorOf({ authenticator = AUTHENTICATOR }: RequestFields): Buffer {
  return authenticator;
}

function layOut(code: number, identifier: number, authenticator: Buffer, pairs: readonly Pair[]): Buffer {
  const body = Buffer.concat(
    pairs.map(([type, value]) => Buffer.concat([Buffer.from([type, value.length + 2]), value])),
  );
  const header = Buffer.from([code, identifier, 0, 0]);
  header.writeUInt16BE(20 + body.length, 2);
  return Buffer.concat([header, authenticator, body]);
}

function sign(packet: Buffer, offset: number, secret: string): void {
  createHmac('md5', secret).update(packet).digest().copy(packet, offset);
}

function takeApart(packet: Buffer): Pair[] {
  const pairs: Pair[] = [];
  for (let at = 20; at < packet.length; at += packet[at + 1]!) {
    pairs.push([packet[at]!, packet.subarray(at + 2, at + packet[at + 1]!)]);
  }
  return pairs;
}
