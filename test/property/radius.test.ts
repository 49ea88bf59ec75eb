import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSystemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { md5Into } from '../../src/radius/md5.ts';
import {
  createSharedKey,
  decodePacket,
  encodeReply,
  encodeRequest,
  hideReply,
  hideUserPassword,
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

describe('MD5', () => {
  it('agrees with the platform for every length, plain and keyed', () => {
    fc.assert(
      fc.property(octets({ maxLength: 300 }), secret, (source, shared) => {
        const target = new Uint8Array(16);
        md5Into(target, 0, source, source.length);
        expect(Buffer.from(target)).toEqual(createHash('md5').update(source).digest());
        createSharedKey(Secret.fromOctets(shared)).hmacInto(target, 0, source, source.length);
        expect(Buffer.from(target)).toEqual(createHmac('md5', shared).update(source).digest());
      }),
    );
  });
});
