import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import {
  Code,
  createSharedKey,
  decodePacket,
  encodeReply,
  encodeRequest,
  verifyReply,
  verifyRequest,
  type Attribute,
} from '../../../src/radius/index.ts';

const key = createSharedKey(Secret.fromText('a shared secret'));
const authenticator = Buffer.from('0123456789abcdef');
const user: Attribute = { type: 1, value: Buffer.from('alice') };
const zeros: Attribute = { type: 80, value: Buffer.alloc(16) };

function request(attributes: readonly Attribute[] = [user]): Buffer {
  return encodeRequest({ code: Code.accessRequest, identifier: 7, authenticator, attributes }, key);
}

describe('Message-Authenticator in a request (RFC 3579 §3.2)', () => {
  it('stands first and is the HMAC-MD5 over the packet with sixteen zeros in its place', () => {
    const datagram = request();
    const packet = decodePacket(datagram);
    expect(packet.attributes.map(({ type }) => type)).toEqual([80, 1]);
    const zeroed = Buffer.from(datagram).fill(0, 22, 38);
    expect(packet.attributes[0]?.value).toEqual(createHmac('md5', 'a shared secret').update(zeroed).digest());
    expect(verifyRequest(datagram, packet, key)).toBe('valid');
  });

  it('is found wherever it stands', () => {
    const last = request([user, zeros]).subarray(0);
    const withoutFirst = Buffer.concat([last.subarray(0, 20), last.subarray(38)]);
    withoutFirst.writeUInt16BE(withoutFirst.length, 2);
    const signature = createHmac('md5', 'a shared secret').update(withoutFirst).digest();
    withoutFirst.set(signature, withoutFirst.length - 16);
    expect(verifyRequest(withoutFirst, decodePacket(withoutFirst), key)).toBe('valid');
  });

  it('covers every octet within Length', () => {
    const datagram = request();
    for (let index = 0; index < datagram.length; index += 1) {
      if (index === 2 || index === 3) continue;
      const altered = Buffer.from(datagram);
      altered[index] = altered[index]! ^ 1;
      let verdict: string;
      try {
        verdict = verifyRequest(altered, decodePacket(altered), key);
      } catch {
        verdict = 'malformed';
      }
      expect(verdict, `octet ${index}`).not.toBe('valid');
    }
  });

  it('ignores padding', () => {
    const padded = Buffer.concat([request(), Buffer.from('padding')]);
    expect(verifyRequest(padded, decodePacket(padded), key)).toBe('valid');
  });

  it('is missing, repeated or wrong when it is', () => {
    const several = request([user, zeros]);
    const short = request([{ type: 80, value: Buffer.alloc(15) }]);
    const bare = Buffer.concat([request().subarray(0, 20)]);
    bare.writeUInt16BE(20, 2);
    expect(verifyRequest(several, decodePacket(several), key)).toBe('repeated');
    expect(verifyRequest(short, decodePacket(short), key)).toBe('repeated');
    expect(verifyRequest(bare, decodePacket(bare), key)).toBe('missing');
    const other = createSharedKey(Secret.fromText('another secret'));
    expect(verifyRequest(request(), decodePacket(request()), other)).toBe('wrong');
  });
});

describe('a reply', () => {
  const attributes: Attribute[] = [{ type: 18, value: Buffer.from('Welcome') }];

  it('carries Message-Authenticator first and verifies against its request alone', () => {
    const reply = encodeReply({ code: 2, identifier: 7, attributes }, authenticator, key, {
      messageAuthenticator: true,
    });
    const packet = decodePacket(reply);
    expect(packet.attributes.map(({ type }) => type)).toEqual([80, 18]);
    expect(verifyReply(reply, packet, authenticator, key)).toEqual({
      isAuthentic: true,
      messageAuthenticator: 'valid',
    });
    expect(verifyReply(reply, packet, Buffer.alloc(16, 9), key).isAuthentic).toBe(false);
  });

  it('goes without it for a client that refuses it', () => {
    const reply = encodeReply({ code: 3, identifier: 7, attributes }, authenticator, key, {
      messageAuthenticator: false,
    });
    const check = verifyReply(reply, decodePacket(reply), authenticator, key);
    expect(check).toEqual({ isAuthentic: true, messageAuthenticator: 'missing' });
  });

  it('is refused when an attribute or the packet is too long', () => {
    const options = { messageAuthenticator: true };
    const long = [{ type: 18, value: Buffer.alloc(254) }];
    const many = Array.from({ length: 17 }, () => ({ type: 18, value: Buffer.alloc(253) }));
    const encode = (list: Attribute[]) => () =>
      encodeReply({ code: 2, identifier: 7, attributes: list }, authenticator, key, options);
    expect(encode(long)).toThrow(expect.objectContaining({ code: 'attribute-too-long' }));
    expect(encode(many)).toThrow(expect.objectContaining({ code: 'packet-too-long' }));
    const filling = (last: number): Attribute[] => [...many.slice(0, 15), { type: 18, value: Buffer.alloc(last) }];
    // 20 of the header, 18 of Message-Authenticator, 15 × 255, and 2 before the last value.
    expect(encode(filling(4096 - 20 - 18 - 15 * 255 - 2))()).toHaveLength(4096);
    expect(encode(filling(4096 - 20 - 18 - 15 * 255 - 1))).toThrow(
      expect.objectContaining({ code: 'packet-too-long' }),
    );
    expect(encode([{ type: 18, value: Buffer.alloc(253) }])()).toHaveLength(20 + 18 + 255);
  });
});
