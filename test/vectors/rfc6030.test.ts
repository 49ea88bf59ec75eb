import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAs } from '../support/token-file.ts';
import type { ReadOptions } from '../support/token-file.ts';

// The figures as they are printed, but for their white space and the namespace of the signature in figure 9 (erratum 3418).
const figure = (number: number): string =>
  readFileSync(join(import.meta.dirname, `rfc6030/figure${number}.xml`), 'utf8');

const read = async (number: number, options: ReadOptions = {}) => (await readAs('pskc', figure(number), options)).rows;

const secret = Buffer.from('12345678901234567890').toString('hex');
const presharedKey = '12345678901234567890123456789012';
const token = { serial: '987654321', type: 'hotp', digits: 8, algorithm: 'sha1', nextCounter: 0, secret };

describe('RFC 6030', () => {
  it('figure 2: a key without a device is known by its own identifier; its four octets are too short for us', async () => {
    expect(await read(2)).toEqual([
      { line: 5, serial: '12345678', reason: 'the secret has 4 octets, at least 10 are needed' },
    ]);
  });

  it('figure 3: the key belongs to the user it names, and not to the domain of the device', async () => {
    expect(await read(3)).toMatchObject([{ ...token, username: 'jsmith' }]);
  });

  it('figure 4: a key that is to be derived elsewhere is refused', async () => {
    expect(await read(4)).toMatchObject([{ serial: '987654321', reason: 'it holds no secret' }]);
  });

  it('figure 5: a PIN that the device checks is no hindrance, and the PIN itself is no token', async () => {
    expect(await read(5)).toMatchObject([
      token,
      { serial: '987654321', reason: 'the algorithm pin is not supported (hotp and totp are)' },
    ]);
  });

  it('figure 6: AES-128-CBC with a pre-shared key, HMAC-SHA1 over the ciphertext', async () => {
    expect(await read(6, { key: presharedKey })).toMatchObject([token]);
  });

  it('figure 7: a key derived from a password by PBKDF2', async () => {
    expect(await read(7, { password: 'qwerty' })).toMatchObject([token]);
  });

  it('figure 8: encryption for a certificate is refused', async () => {
    await expect(read(8)).rejects.toThrow(/MACMethod|X509Data/);
  });

  it('figure 9: a signed container is read; that its signature is not checked is said', async () => {
    const { rows, notes } = await readAs('pskc', figure(9));
    expect(rows).toMatchObject([{ ...token, serial: '0755225266', digits: 6 }]);
    expect(notes).toEqual(['The signature of the file is not checked.']);
  });

  it('figure 10: keys in bulk count only while they are valid', async () => {
    const rows = await read(10, { nowMs: Date.UTC(2006, 4, 15) });
    expect(rows.map(({ serial, reason }) => [serial, reason])).toEqual([
      ['654321', undefined],
      ['123456', undefined],
      ['9999999', 'it has expired: 2006-03-31T00:00:00Z'],
      ['9999999', 'it has expired: 2006-04-30T00:00:00Z'],
    ]);
  });
});

describe('RFC 6030 §6.1: what protects the values', () => {
  const reasons = async (text: string, options: ReadOptions = { key: presharedKey }) =>
    (await readAs('pskc', text, options)).rows.map(({ reason }) => reason);

  it('a wrong key opens nothing', async () => {
    await expect(reasons(figure(6), { key: '0'.repeat(32) })).rejects.toThrow('the key or password is wrong');
    await expect(reasons(figure(7), { password: 'qwertz' })).rejects.toThrow('the key or password is wrong');
  });

  it('an altered ciphertext is noticed by its MAC', async () => {
    const altered = figure(6).replace('AAECAwQFBgcICQoL', 'AQECAwQFBgcICQoL');
    expect(await reasons(altered)).toEqual(['the ValueMAC does not fit: the value was altered, or the key is wrong']);
  });

  it('a MAC that was taken away is missed', async () => {
    const stripped = figure(6).replace(/<ValueMAC>.*?<\/ValueMAC>/s, '');
    expect(await reasons(stripped)).toEqual(['the value has no ValueMAC: nothing shows that it was not altered']);
  });

  it('a container without its MACMethod is refused as a whole', async () => {
    const stripped = figure(6).replace(/<MACMethod.*<\/MACMethod>/s, '');
    await expect(reasons(stripped)).rejects.toThrow('without a MACMethod');
  });

  it('a plain secret slipped into an encrypted container is refused', async () => {
    const slipped = figure(6).replace(
      /<EncryptedValue>.*<\/ValueMAC>/s,
      '<PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue>',
    );
    expect(await reasons(slipped)).toEqual(['the value has no ValueMAC: nothing shows that it was not altered']);
  });

  it('a plain container where an encrypted one was expected is refused', async () => {
    await expect(reasons(figure(3))).rejects.toThrow('it is not encrypted, but a key was given for it');
  });

  it('a key does for a password as little as a password for a key', async () => {
    await expect(reasons(figure(7))).rejects.toThrow('with a password, but a key was given');
    await expect(reasons(figure(6), { password: 'qwerty' })).rejects.toThrow('with a key, but a password was given');
  });
});
