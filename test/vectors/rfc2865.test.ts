import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import {
  Code,
  createSharedKey,
  decodePacket,
  encodeReply,
  encodeRequest,
  hideUserPassword,
  revealUserPassword,
  verifyReply,
  verifyRequest,
} from '../../src/radius/index.ts';
import { octets } from '../support/octets.ts';

const key = createSharedKey(Secret.fromText('xyzzy5461'));

describe('RFC 2865 §7.1, User Telnet to Specified Host', () => {
  const request =
    octets(`01 00 00 38 0f 40 3f 94 73 97 80 57 bd 83 d5 cb 98 f4 22 7a 01 06 6e 65 6d 6f 02 12 0d be 70 8d
    93 d4 13 ce 31 96 e4 3f 78 2a 0a ee 04 06 c0 a8 01 10 05 06 00 00 00 03`);
  const accept = octets(`02 00 00 26 86 fe 22 0e 76 24 ba 2a 10 05 f6 bf 9b 55 e0 b2 06 06 00 00 00 01 0f 06 00 00 00 00
    0e 06 c0 a8 01 03`);

  it('decodes the request in order', () => {
    const packet = decodePacket(request);
    expect([packet.code, packet.identifier]).toEqual([Code.accessRequest, 0]);
    expect(packet.attributes.map(({ type }) => type)).toEqual([1, 2, 4, 5]);
    expect(packet.attributes[0]?.value.toString()).toBe('nemo');
  });

  it('reveals and hides the password', () => {
    const packet = decodePacket(request);
    const value = packet.attributes[1]!.value;
    expect(revealUserPassword(value, packet.authenticator, key)?.toString()).toBe('arctangent');
    expect(hideUserPassword(Buffer.from('arctangent'), packet.authenticator, key)).toEqual(value);
  });

  it('makes and verifies the published Access-Accept', () => {
    const { authenticator } = decodePacket(request);
    const packet = decodePacket(accept);
    const made = encodeReply({ code: 2, identifier: 0, attributes: packet.attributes }, authenticator, key, {
      messageAuthenticator: false,
    });
    expect(made).toEqual(accept);
    expect(verifyReply(accept, packet, authenticator, key)).toEqual({
      isAuthentic: true,
      messageAuthenticator: 'missing',
    });
  });

  it('refuses the Accept under another secret or for another request', () => {
    const { authenticator } = decodePacket(request);
    const packet = decodePacket(accept);
    const other = createSharedKey(Secret.fromText('xyzzy5462'));
    expect(verifyReply(accept, packet, authenticator, other).isAuthentic).toBe(false);
    expect(verifyReply(accept, packet, Buffer.alloc(16), key).isAuthentic).toBe(false);
  });
});

describe('RFC 2865 §7.2, Framed User Authenticating with CHAP', () => {
  const authenticator = octets('2a ee 86 f0 8d 0d 55 96 9c a5 97 8e 0d 33 67 a2');
  const accept = octets(`02 01 00 38 15 ef bc 7d ab 26 cf a3 dc 34 d9 c0 3c 86 01 a4 06 06 00 00 00 02 07 06 00 00 00 01
    08 06 ff ff ff fe 0a 06 00 00 00 02 0d 06 00 00 00 01 0c 06 00 00 05 dc`);

  it('verifies the published Access-Accept', () => {
    expect(verifyReply(accept, decodePacket(accept), authenticator, key).isAuthentic).toBe(true);
  });
});

describe('RFC 2865 §7.3, User with Challenge-Response card', () => {
  const request =
    octets(`01 02 00 39 f3 a4 7a 1f 6a 6d 76 71 0b 94 7a b9 30 41 a0 39 01 07 6d 6f 70 73 79 02 12 33 65 75
    73 77 82 89 b5 70 88 5e 15 08 48 25 c5 04 06 c0 a8 01 10 05 06 00 00 00 07`);
  const challenge = octets(`0b 02 00 4e 36 f3 c8 76 4a e8 c7 11 57 40 3c 0c 71 ff 9c 45 12 30 43 68 61 6c 6c 65 6e 67 65
    20 33 32 37 36 39 34 33 30 2e 20 20 45 6e 74 65 72 20 72 65 73 70 6f 6e 73 65 20 61 74 20 70 72 6f 6d 70 74 2e 18 0a
    33 32 37 36 39 34 33 30`);
  const answer = octets(`01 03 00 43 b1 22 55 6d 42 8a 13 d0 d6 25 38 07 c4 57 ec f0 01 07 6d 6f 70 73 79 02 12 69 2c 1f
    20 5f c0 81 b9 19 b9 51 95 f5 61 a5 81 04 06 c0 a8 01 10 05 06 00 00 00 07 18 0a 33 32 37 36 39 34 33 30`);
  const reject = octets('03 03 00 14 a4 2f 4f ca 45 91 6c 4e 09 c8 34 0f 9e 74 6a a0');

  it('follows the conversation from password to Reject', () => {
    const first = decodePacket(request);
    expect(revealUserPassword(first.attributes[1]!.value, first.authenticator, key)?.toString()).toBe('challenge');
    expect(verifyReply(challenge, decodePacket(challenge), first.authenticator, key).isAuthentic).toBe(true);
    const second = decodePacket(answer);
    expect(revealUserPassword(second.attributes[1]!.value, second.authenticator, key)?.toString()).toBe('99101462');
    expect(verifyReply(reject, decodePacket(reject), second.authenticator, key).isAuthentic).toBe(true);
  });
});

describe('RFC 5997 §6.1, Status-Server', () => {
  const request =
    octets(`0c da 00 26 8a 54 f4 68 6f b3 94 c5 28 66 e3 02 18 5d 06 23 50 12 5a 66 5e 2e 1e 84 11 f3 e2 43
    82 20 97 c8 4f a3`);
  const reply = octets('02 da 00 14 ef 0d 55 2a 4b f2 d6 93 ec 2b 6f e8 b5 41 1d 66');

  it('verifies and makes the published request', () => {
    const packet = decodePacket(request);
    expect(verifyRequest(request, packet, key)).toBe('valid');
    const { authenticator } = packet;
    expect(encodeRequest({ code: Code.statusServer, identifier: 0xda, authenticator, attributes: [] }, key)).toEqual(
      request,
    );
  });

  it('verifies the published reply', () => {
    expect(verifyReply(reply, decodePacket(reply), decodePacket(request).authenticator, key).isAuthentic).toBe(true);
  });
});
