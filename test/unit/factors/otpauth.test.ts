import { describe, expect, it } from 'vitest';
import { createTokenSecret, judgeSecret, otpauthUri } from '../../../src/factors/index.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';

const token = {
  type: 'totp',
  secret: Secret.fromText('12345678901234567890'),
  digits: 6,
  algorithm: 'sha1',
  periodSeconds: 30,
} as const;
const base32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

describe('otpauth address', () => {
  it('names issuer, account and secret, and leaves defaults out', () => {
    expect(otpauthUri({ issuer: 'Sallyport', account: 'alice', token })).toBe(
      `otpauth://totp/Sallyport:alice?secret=${base32}&issuer=Sallyport`,
    );
  });

  it('names what is not default', () => {
    const other = { ...token, digits: 8, algorithm: 'sha512', periodSeconds: 60 } as const;
    expect(otpauthUri({ issuer: 'Sallyport', account: 'alice', token: other })).toBe(
      `otpauth://totp/Sallyport:alice?secret=${base32}&issuer=Sallyport&algorithm=SHA512&digits=8&period=60`,
    );
  });

  it('names the counter of a HOTP token, also 0', () => {
    const uri = otpauthUri({ issuer: 'Sallyport', account: 'alice', token: { ...token, type: 'hotp' } });
    expect(new URL(uri).searchParams.get('counter')).toBe('0');
    expect(new URL(uri).searchParams.has('period')).toBe(false);
  });

  it('encodes what a name may contain', () => {
    const uri = otpauthUri({ issuer: 'Büro: Nord & Süd', account: 'CORP\\zoë?x=1&secret=AA', token });
    const url = new URL(uri);
    expect(url.searchParams.getAll('secret')).toEqual([base32]);
    expect(url.searchParams.get('issuer')).toBe('Büro  Nord & Süd');
    expect(decodeURIComponent(url.pathname)).toBe('/Büro  Nord & Süd:CORP\\zoë?x=1&secret=AA');
  });

  it('refuses numbers outside a passcode factor', () => {
    expect(() => otpauthUri({ issuer: 'i', account: 'a', token: { ...token, periodSeconds: 7 } })).toThrow(/period/);
  });
});

describe('token secret', () => {
  it.each([
    ['sha1', 20],
    ['sha256', 32],
    ['sha512', 64],
  ] as const)('is made for %s with %i octets', (algorithm, length) => {
    const random = createSystemRandom();
    const secret = createTokenSecret(random, algorithm);
    expect(secret.length).toBe(length);
    expect(createTokenSecret(random, algorithm).reveal()).not.toEqual(secret.reveal());
  });

  it.each([
    [9, 'refused'],
    [10, 'weak'],
    [15, 'weak'],
    [16, 'good'],
    [128, 'good'],
    [129, 'refused'],
  ])('of %i octets is %s', (length, kind) => {
    expect(judgeSecret(Secret.fromOctets(Buffer.alloc(length, 1))).kind).toBe(kind);
  });
});
