import { describe, expect, it } from 'vitest';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createSharedKey, hideReply, revealReply, type ClearAttribute } from '../../../src/radius/index.ts';
import { octets } from '../../support/octets.ts';

const random = createSystemRandom();
const here = createSharedKey(Secret.fromText('client secret'));
const there = createSharedKey(Secret.fromText('home server secret'));
const authenticator = random.octets(16);

const sendKey: ClearAttribute = {
  type: 26,
  value: Buffer.concat([octets('00000137 10 22'), Buffer.alloc(32, 5)]),
  hidden: 'salted',
};
const tunnelPassword: ClearAttribute = {
  type: 69,
  value: Buffer.concat([octets('03'), Buffer.from('tunnel secret')]),
  hidden: 'salted',
};
const plain: ClearAttribute = { type: 25, value: Buffer.from('class') };

describe('salted attributes (RFC 2868 §3.5, RFC 2548 §2.4)', () => {
  it('come back in clear, the others bit for bit', () => {
    const hidden = hideReply([plain, sendKey, tunnelPassword], authenticator, there, random);
    expect(hidden[0]).toEqual(plain);
    expect(hidden[1]?.value.includes(Buffer.alloc(16, 5))).toBe(false);
    expect(hidden[2]?.value.includes('tunnel secret')).toBe(false);
    expect(revealReply(hidden, authenticator, there)).toEqual([plain, sendKey, tunnelPassword]);
  });

  it('are joined by MS-CHAP-MPPE-Keys, which is hidden as a password is (RFC 2548 §2.4.1)', () => {
    const keys: ClearAttribute = {
      type: 26,
      value: Buffer.concat([octets('00000137 0c 22'), Buffer.alloc(8), Buffer.alloc(16, 9), Buffer.alloc(8)]),
      hidden: 'password',
    };
    const [hidden] = hideReply([keys], authenticator, there, random);
    expect(hidden?.value.subarray(0, 6)).toEqual(keys.value.subarray(0, 6));
    expect(hidden?.value.includes(Buffer.alloc(16, 9))).toBe(false);
    expect(revealReply([hidden!], authenticator, there)).toEqual([keys]);
    expect(revealReply([{ type: 26, value: octets('00000137 0c 06 00112233') }], authenticator, there)).toBeUndefined();
  });

  it('carry salts with the highest bit set, unique in the packet', () => {
    const many = Array.from({ length: 40 }, () => sendKey);
    const salts = hideReply(many, authenticator, here, random).map(({ value }) => value.readUInt16BE(6));
    expect(salts.every((salt) => salt >= 0x8000)).toBe(true);
    expect(new Set(salts).size).toBe(salts.length);
  });

  it('are split when a home server packs several into one Vendor-Specific', () => {
    const hidden = hideReply([sendKey], authenticator, there, random)[0]!.value;
    const packed = Buffer.concat([hidden, octets('07 06 00000004')]);
    const clear = revealReply([{ type: 26, value: packed }], authenticator, there);
    expect(clear).toEqual([sendKey, { type: 26, value: octets('00000137 07 06 00000004') }]);
  });

  it('are refused when their lengths lie', () => {
    const short = [{ type: 69, value: octets('00 8001 0011') }];
    expect(revealReply(short, authenticator, there)).toBeUndefined();
  });

  it('become noise or are refused under a wrong secret, never the key', () => {
    const hidden = hideReply([sendKey], authenticator, there, random);
    const clear = revealReply(hidden, authenticator, here);
    expect(clear?.[0]?.value.subarray(6).equals(Buffer.alloc(32, 5)) ?? false).toBe(false);
  });
});
