import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSystemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { md5AfterBlock, md5Into } from '../../src/radius/md5.ts';
import {
  createSharedKey,
  decodePacket,
  encodeReply,
  encodeRequest,
  hideReply,
  hideUserPassword,
  MAX_PACKET_OCTETS,
  RadiusError,
  revealReply,
  revealUserPassword,
  verifyReply,
  verifyRequest,
} from '../../src/radius/index.ts';

const random = createSystemRandom();
const octets = (constraints: fc.IntArrayConstraints = {}) =>
  fc.uint8Array(constraints).map((array) => Buffer.from(array));
const sixteen = octets({ minLength: 16, maxLength: 16 });
const secret = octets({ minLength: 1, maxLength: 100 });
const attribute = fc.record({ type: fc.integer({ min: 1, max: 255 }), value: octets({ maxLength: 253 }) });
const attributes = fc.array(
  attribute.filter(({ type }) => type !== 80),
  { maxLength: 12 },
);

describe('the codec', () => {
  it('decodes any octets or throws its own error', () => {
    fc.assert(
      fc.property(octets({ maxLength: 200 }), (datagram) => {
        try {
          decodePacket(datagram);
        } catch (error) {
          expect(error).toBeInstanceOf(RadiusError);
        }
      }),
    );
  });

  it('gives back what was encoded, and it verifies', () => {
    fc.assert(
      fc.property(sixteen, secret, attributes, (authenticator, shared, list) => {
        const key = createSharedKey(Secret.fromOctets(shared));
        const datagram = encodeRequest({ code: 1, identifier: 9, authenticator, attributes: list }, key);
        const packet = decodePacket(datagram);
        expect(packet.attributes.slice(1)).toEqual(list);
        expect(verifyRequest(datagram, packet, key)).toBe('valid');
        const reply = encodeReply({ code: 2, identifier: 9, attributes: list }, authenticator, key, {
          messageAuthenticator: true,
        });
        expect(verifyReply(reply, decodePacket(reply), authenticator, key)).toEqual({
          isAuthentic: true,
          messageAuthenticator: 'valid',
        });
      }),
    );
  });

  it('never takes a mutated packet for a genuine one', () => {
    const key = createSharedKey(Secret.fromText('secret'));
    fc.assert(
      fc.property(sixteen, attributes, fc.nat(), fc.integer({ min: 1, max: 255 }), (authenticator, list, at, flip) => {
        const datagram = encodeRequest({ code: 1, identifier: 9, authenticator, attributes: list }, key);
        const index = at % datagram.length;
        datagram[index] = datagram[index]! ^ flip;
        try {
          expect(verifyRequest(datagram, decodePacket(datagram), key)).not.toBe('valid');
        } catch (error) {
          expect(error).toBeInstanceOf(RadiusError);
        }
      }),
    );
  });

  it('hides and reveals any password, less its trailing NULs', () => {
    fc.assert(
      fc.property(octets({ maxLength: 128 }), sixteen, secret, (password, authenticator, shared) => {
        const key = createSharedKey(Secret.fromOctets(shared));
        const value = hideUserPassword(password, authenticator, key);
        const expected = Buffer.from(password.toString('latin1').replace(/\0+$/, ''), 'latin1');
        expect(revealUserPassword(value, authenticator, key)).toEqual(expected);
      }),
    );
  });

  it('hides and reveals any tunnel password', () => {
    fc.assert(
      fc.property(octets({ minLength: 1, maxLength: 240 }), sixteen, secret, (value, authenticator, shared) => {
        const key = createSharedKey(Secret.fromOctets(shared));
        const clear = [{ type: 69, value, hidden: 'salted' as const }];
        const hidden = hideReply(clear, authenticator, key, random);
        expect(revealReply(hidden, authenticator, key)).toEqual(clear);
      }),
    );
  });
});

const md5 = (...parts: Uint8Array[]): Buffer => createHash('md5').update(Buffer.concat(parts)).digest();

describe('MD5', () => {
  it('agrees with the platform for every length that a packet and its secret can have', () => {
    const source = random.octets(MAX_PACKET_OCTETS + 200);
    const target = new Uint8Array(16);
    for (let length = 0; length <= source.length; length += 1) {
      md5Into(target, 0, source, length);
      expect(Buffer.from(target).equals(md5(source.subarray(0, length))), `${length} octets`).toBe(true);
    }
  });

  it('agrees with the platform for any octets, and writes nothing beside its digest', () => {
    const any = fc.oneof(
      octets({ maxLength: 300 }),
      fc.tuple(fc.nat(255), fc.nat(300)).map(([fill, length]) => Buffer.alloc(length, fill)),
    );
    fc.assert(
      fc.property(any, fc.nat(5), (source, offset) => {
        const target = Buffer.alloc(offset + 18, 7);
        md5Into(target, offset, source, source.length);
        expect(target).toEqual(Buffer.concat([Buffer.alloc(offset, 7), md5(source), Buffer.alloc(2, 7)]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('goes on from the state after a block', () => {
    const block = octets({ minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(block, octets({ maxLength: 200 }), (first, rest) => {
        const target = Buffer.alloc(16);
        md5Into(target, 0, rest, rest.length, md5AfterBlock(first), first.length);
        expect(target).toEqual(md5(first, rest));
      }),
    );
  });

  it('makes what a shared secret is used for: HMAC, digests before it, key streams behind it', () => {
    const long = fc.oneof(secret, octets({ minLength: 400, maxLength: 700 }));
    fc.assert(
      fc.property(octets({ maxLength: 300 }), long, sixteen, (source, shared, authenticator) => {
        const key = createSharedKey(Secret.fromOctets(shared));
        const target = Buffer.alloc(16);
        key.hmacInto(target, 0, source, source.length);
        expect(target).toEqual(createHmac('md5', shared).update(source).digest());
        const scratch = Buffer.concat([source, Buffer.alloc(shared.length, 7)]);
        key.digestBeforeSecretInto(target, 0, scratch, source.length);
        expect(target).toEqual(md5(source, shared));
        expect(scratch.subarray(source.length)).toEqual(Buffer.alloc(shared.length));
        key.keyStreamInto(target, authenticator);
        expect(target).toEqual(md5(shared, authenticator));
        key.keyStreamInto(target, authenticator, source);
        expect(target).toEqual(md5(shared, authenticator, source));
      }),
    );
  });
});
