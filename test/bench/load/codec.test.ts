import { createHmac, randomBytes } from 'node:crypto';
import radius, { type RadiusAttribute } from 'radius';
import { describe, expect, it } from 'vitest';
import {
  attribute,
  createNasSecret,
  hasMessageAuthenticator,
  isAuthenticReply,
  stateOf,
  writeAccessRequest,
} from './codec.ts';
import { passcodeAt } from './passcodes.ts';

const text = 'the-clients-shared-secret';
const secret = createNasSecret(text);

function request(): Buffer {
  const out = Buffer.alloc(400);
  const length = writeAccessRequest(
    out,
    7,
    {
      identifier: 9,
      authenticator: randomBytes(16),
      username: 'user000001',
      password: 'correct horse',
      nasAttributes: attribute(32, 'vpn.example.com'),
      state: Buffer.from('a state'),
    },
    secret,
  );
  return out.subarray(7, 7 + length);
}

// The peer is the npm package `radius`: neither this codec nor the one under test.
describe('the load generator’s codec', () => {
  it('writes requests that another implementation decodes, signed over the whole packet', () => {
    const packet = request();
    expect(radius.decode({ packet, secret: text })).toMatchObject({
      code: 'Access-Request',
      identifier: 9,
      attributes: { 'User-Name': 'user000001', 'User-Password': 'correct horse', 'NAS-Identifier': 'vpn.example.com' },
    });
    const signature = Buffer.from(packet.subarray(22, 38));
    packet.fill(0, 22, 38);
    expect(signature).toEqual(createHmac('md5', text).update(packet).digest());
  });

  it('takes a reply of the one who knows the secret, and no other', () => {
    const packet = request();
    const question = radius.decode({ packet, secret: text });
    const attributes: RadiusAttribute[] = [['State', Buffer.from('its state')]];
    const encoded = radius.encode_response({ packet: question, code: 'Access-Challenge', secret: text, attributes });
    const authenticator = packet.subarray(4, 20);
    expect(isAuthenticReply(encoded, authenticator, secret)).toBe(true);
    expect(hasMessageAuthenticator(encoded, authenticator, secret)).toBe(true);
    expect(stateOf(encoded)).toEqual(Buffer.from('its state'));
    const other = createNasSecret('another-shared-secret');
    expect(isAuthenticReply(encoded, authenticator, other)).toBe(false);
    expect(hasMessageAuthenticator(encoded, authenticator, other)).toBe(false);
  });

  it('shows the passcodes of RFC 6238 Appendix B', () => {
    const seed = Buffer.from('12345678901234567890');
    expect(passcodeAt(seed, Math.floor(59 / 30))).toBe('287082');
    expect(passcodeAt(seed, Math.floor(1111111109 / 30))).toBe('081804');
  });
});
