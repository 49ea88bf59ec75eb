import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import {
  createSharedKey,
  decodePacket,
  microsoftSaltedTypes as saltedTypes,
  PacketStream,
  replyFrom11,
  replyTo11,
  requestFrom11,
  requestTo11,
  tokenOf,
  verifyReply,
  verifyRequest,
} from '../../../src/radius/index.ts';
import { octets } from '../../support/octets.ts';

const random = createSystemRandom();
const key = createSharedKey(Secret.fromText('never on the wire'));
const tail = random.octets(12);
const token = octets('01020304');

const attribute = (type: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, value.length + 2]), value]);

/** A RADIUS/1.1 packet written by hand (RFC 9765 §4.1). */
function packet11(code: number, ...attributes: Buffer[]): Buffer {
  const body = Buffer.concat(attributes);
  const header = Buffer.concat([Buffer.from([code, 0, 0, 0]), token, Buffer.alloc(12)]);
  header.writeUInt16BE(20 + body.length, 2);
  return Buffer.concat([header, body]);
}

const name = attribute(1, Buffer.from('alice'));
const password = attribute(2, Buffer.from('correct horse'));

describe('RADIUS/1.1 (RFC 9765)', () => {
  it('becomes a signed request with a hidden password, and comes back octet for octet', () => {
    const octets11 = packet11(1, name, password);
    const datagram = requestFrom11(octets11, tail, key);
    const packet = decodePacket(datagram);
    expect(verifyRequest(datagram, packet, key)).toBe('valid');
    expect(datagram.includes('correct horse')).toBe(false);
    expect(packet.authenticator.subarray(0, 4)).toEqual(token);
    expect(requestTo11(datagram, token, key)).toEqual(octets11);
  });

  it('is the same request under the same Token, and another one on another connection', () => {
    const request = (ownTail: Buffer): Buffer => requestFrom11(packet11(1, name), ownTail, key).subarray(4, 20);
    expect(request(tail)).toEqual(request(tail));
    expect(request(tail)).not.toEqual(request(random.octets(12)));
  });

  it('is another request where it says something else, whatever its Token', () => {
    const authenticator = (...attributes: Buffer[]): Buffer =>
      requestFrom11(packet11(1, ...attributes), tail, key).subarray(4, 20);
    expect(authenticator(name, password)).not.toEqual(authenticator(name, attribute(2, Buffer.from('correct house'))));
    expect(authenticator(name)).not.toEqual(authenticator(attribute(1, Buffer.from('bruno'))));
  });

  it('has no Message-Authenticator: one that comes counts for nothing (§5.2)', () => {
    const datagram = requestFrom11(packet11(1, name, attribute(80, Buffer.alloc(16, 1))), tail, key);
    expect(verifyRequest(datagram, decodePacket(datagram), key)).toBe('valid');
    expect(requestTo11(datagram, token, key)).toEqual(packet11(1, name));
  });

  it('leaves a password of no valid length as it is (§5.1.1)', () => {
    for (const length of [0, 129, 253]) {
      const octets11 = packet11(1, attribute(2, Buffer.alloc(length, 65)));
      const found = decodePacket(requestFrom11(octets11, tail, key)).attributes.find(({ type }) => type === 2);
      expect(found?.value).toHaveLength(length);
    }
  });

  it('signs Accounting-Request by its authenticator (RFC 2866 §3)', () => {
    const datagram = requestFrom11(packet11(4, name), tail, key);
    expect(verifyReply(datagram, decodePacket(datagram), Buffer.alloc(16), key).isAuthentic).toBe(true);
  });

  it('carries keys and tunnel passwords in clear, hidden anew on the other side', () => {
    const send = attribute(26, Buffer.concat([octets('00000137 10 22'), Buffer.alloc(32, 5)]));
    const tunnel = attribute(69, Buffer.concat([octets('03'), Buffer.from('tunnel secret')]));
    const reply = packet11(2, send, tunnel, attribute(25, Buffer.from('class')));
    const request = { identifier: 9, authenticator: random.octets(16) };
    const datagram = replyFrom11(reply, request, { key, saltedTypes, random });
    expect(datagram.includes('tunnel secret')).toBe(false);
    expect(datagram.includes(Buffer.alloc(16, 5))).toBe(false);
    expect(verifyReply(datagram, decodePacket(datagram), request.authenticator, key)).toEqual({
      isAuthentic: true,
      messageAuthenticator: 'valid',
    });
    expect(replyTo11(datagram, { ...request, token }, { key, saltedTypes })).toEqual(reply);
  });

  it('throws nothing but its own error, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 300 }), (bytes) => {
        try {
          requestFrom11(Buffer.from(bytes), tail, key);
        } catch (error) {
          expect(error).toHaveProperty('name', 'RadiusError');
        }
      }),
    );
  });

  it('names a request by its Token', () => {
    expect(tokenOf(packet11(1))).toEqual(token);
  });
});

describe('packets on a connection (RFC 6613 §2.6.4)', () => {
  it('are the same however the octets are cut', () => {
    const packets = [packet11(1, name), packet11(12), packet11(1, name, password)];
    const whole = Buffer.concat(packets);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 20 }), (cuts) => {
        const stream = new PacketStream();
        const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const found = places.slice(1).flatMap((end, index) => stream.push(whole.subarray(places[index], end)));
        expect(found).toEqual(packets);
        expect(stream.pendingOctets).toBe(0);
      }),
    );
  });

  it.each([0, 19, 4097, 65_535])('end with a Length of %i', (length) => {
    const header = Buffer.from([1, 1, length >> 8, length & 0xff]);
    expect(() => new PacketStream().push(header)).toThrow('Length is');
  });
});
