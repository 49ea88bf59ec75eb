import radius from 'radius';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import {
  Code,
  createSharedKey,
  decodePacket,
  encodeHashedRequest,
  encodeReply,
  verifyHashedReply,
  verifyHashedRequest,
} from '../../../src/radius/index.ts';

const SECRET = 'the-secret-of-the-accounting';
const key = createSharedKey(Secret.fromText(SECRET));
const attributes = [
  { type: 40, value: Buffer.from([0, 0, 0, 1]) },
  { type: 44, value: Buffer.from('session-1') },
];

describe('RFC 2866 §3: a request whose authenticator is a hash', () => {
  it('is what another implementation computes', () => {
    const ours = encodeHashedRequest({ code: Code.accountingRequest, identifier: 9, attributes }, key, {
      messageAuthenticator: false,
    });
    const theirs = radius.encode({
      code: 'Accounting-Request',
      identifier: 9,
      secret: SECRET,
      attributes: [
        ['Acct-Status-Type', 'Start'],
        ['Acct-Session-Id', 'session-1'],
      ],
    });
    expect(ours.equals(theirs)).toBe(true);
    expect(verifyHashedRequest(theirs, decodePacket(theirs), key)).toBe('valid');
  });

  it('is not believed under another secret, with a changed octet, or with a wrong Message-Authenticator', () => {
    const sound = encodeHashedRequest({ code: Code.disconnectRequest, identifier: 9, attributes }, key, {
      messageAuthenticator: true,
    });
    expect(verifyHashedRequest(sound, decodePacket(sound), key)).toBe('valid');
    const other = createSharedKey(Secret.fromText('another-secret'));
    expect(verifyHashedRequest(sound, decodePacket(sound), other)).toBe('authenticator-wrong');
    for (let octet = 0; octet < sound.length; octet += 1) {
      const changed = Buffer.from(sound);
      changed[octet]! ^= 1;
      const packet = decodeOrNothing(changed);
      if (packet !== undefined) expect(verifyHashedRequest(changed, packet, key)).not.toBe('valid');
    }
    const signed = [{ type: 80, value: Buffer.alloc(16, 7) }, ...attributes];
    const forged = encodeHashedRequest({ code: Code.accountingRequest, identifier: 9, attributes: signed }, key, {
      messageAuthenticator: false,
    });
    expect(verifyHashedRequest(forged, decodePacket(forged), key)).toBe('message-authenticator-wrong');
  });

  it('has the reply of the one who holds the secret, with or without Message-Authenticator', () => {
    const request = encodeHashedRequest({ code: Code.accountingRequest, identifier: 9, attributes }, key, {
      messageAuthenticator: false,
    });
    const { authenticator } = decodePacket(request);
    for (const messageAuthenticator of [true, false]) {
      const body = { code: Code.accountingResponse, identifier: 9, attributes: [] };
      const reply = encodeReply(body, authenticator, key, { messageAuthenticator });
      expect(verifyHashedReply(reply, decodePacket(reply), authenticator, key)).toBe(true);
      expect(verifyHashedReply(reply, decodePacket(reply), Buffer.alloc(16), key)).toBe(false);
    }
  });
});

function decodeOrNothing(datagram: Buffer) {
  try {
    return decodePacket(datagram);
  } catch {
    return undefined;
  }
}
