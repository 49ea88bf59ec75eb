import { describe, expect, it } from 'vitest';
import {
  authenticatorResponse,
  challengeHash,
  challengeResponse,
  mppeKeys,
  ntPasswordHash,
  ntResponse,
} from '../../src/radius/index.ts';
import { octets } from '../support/octets.ts';

const password = Buffer.from('clientPass');
const exchange = {
  challenge: octets('5B 5D 7C 7D 7B 3F 2F 3E 3C 2C 60 21 32 26 26 28'),
  peerChallenge: octets('21 40 23 24 25 5E 26 2A 28 29 5F 2B 3A 33 7C 7E'),
  username: Buffer.from('User'),
};
const response = octets('82 30 9E CD 8D 70 8B 5E A0 8F AA 39 81 CD 83 54 42 33 11 4A 3D 85 D6 DF');

describe('RFC 2759 §9.2, hash example', () => {
  it('hashes the challenges and the name', () => {
    expect(challengeHash(exchange)).toEqual(octets('D0 2E 43 86 BC E9 12 26'));
  });

  it('hashes the password', () => {
    expect(ntPasswordHash(password)).toEqual(octets('44 EB BA 8D 53 12 B8 D6 11 47 44 11 F5 69 89 AE'));
  });

  it('gives the NT-Response', () => {
    expect(ntResponse(exchange, password)).toEqual(response);
    expect(challengeResponse(challengeHash(exchange), ntPasswordHash(password))).toEqual(response);
  });

  it('gives the authenticator response', () => {
    expect(authenticatorResponse(exchange, response, password)).toBe('S=407A5589115FD0D6209F510FE9C04566932CDA56');
  });
});

describe('RFC 3079 §3.5.3, 128-bit keys', () => {
  it('derives the start keys of both directions', () => {
    expect(mppeKeys(response, password).send).toEqual(octets('8B 7C DC 14 9B 99 3A 1B A1 18 CB 15 3F 56 DC CB'));
  });
});

describe('a password of other than ASCII characters', () => {
  it('is hashed as UTF-16', () => {
    // What `iconv -t UTF-16LE | openssl dgst -md4 -provider legacy` says.
    expect(ntPasswordHash(Buffer.from('pässwörd-€')).toString('hex')).toBe('ac552d9ae9341ff3c69606eaa9785e54');
  });
});
