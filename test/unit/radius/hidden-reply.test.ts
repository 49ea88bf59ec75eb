import { createHash } from 'node:crypto';
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

  it('are joined by Ascend’s secrets, of 16 octets under MD5(request authenticator ‖ secret)', () => {
    for (const type of ['d6', 'd7']) {
      const clear: ClearAttribute = {
        type: 26,
        value: Buffer.concat([octets(`00000211 ${type} 12`), Buffer.from('sixteen octets..')]),
        hidden: 'ascend',
      };
      const [hidden] = hideReply([clear], authenticator, there, random);
      const digest = createHash('md5').update(authenticator).update('home server secret').digest();
      const expected = Buffer.from('sixteen octets..').map((octet, at) => octet ^ digest[at]!);
      expect(hidden).toEqual({ type: 26, value: Buffer.concat([clear.value.subarray(0, 6), expected]) });
      expect(revealReply([hidden!], authenticator, there)).toEqual([clear]);
    }
    const other: ClearAttribute = { type: 26, value: octets('00000211 d6 06 00112233') };
    expect(revealReply([other], authenticator, there)).toEqual([other]);
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

  it.each([0, 1, 15, 16, 31, 32, 238, 239])('are hidden as the RFC has it with %d octets', (length) => {
    const clear = random.octets(length);
    const [{ value } = plain] = hideReply([tunnelOf(3, clear)], authenticator, here, random);
    expect(value).toHaveLength(1 + 2 + 16 * Math.ceil((length + 1) / 16));
    const shown = unsalted(value.subarray(1), 'client secret');
    expect(shown[0]).toBe(length);
    expect(shown.subarray(1, 1 + length)).toEqual(clear);
    expect(shown.subarray(1 + length)).toEqual(Buffer.alloc(shown.length - 1 - length));
  });

  it('hold 239 octets at most: the next would need a block for which no attribute has room', () => {
    expect(() => hideReply([tunnelOf(0, Buffer.alloc(240))], authenticator, here, random)).toThrow(
      expect.objectContaining({ code: 'password-too-long' }),
    );
  });

  it.each([0x00, 0x01, 0x1f, 0x20, 0xff])(
    'keep the tag of a Tunnel-Password, also one that counts for none: %d',
    (tag) => {
      const given = tunnelOf(tag, Buffer.from('tunnel secret'));
      const [hidden] = hideReply([given], authenticator, there, random);
      expect(hidden?.value[0]).toBe(tag);
      expect(revealReply([hidden!], authenticator, there)).toEqual([given]);
    },
  );

  it.each([
    ['nothing', ''],
    ['a tag alone', '01'],
    ['half a salt', '01 80'],
    ['a salt alone', '01 8001'],
    ['less than a block', `01 8001 ${'00'.repeat(15)}`],
    ['a block and a half', `01 8001 ${'00'.repeat(24)}`],
  ])('are refused where a Tunnel-Password holds %s', (_, value) => {
    expect(revealReply([{ type: 69, value: octets(value) }], authenticator, there)).toBeUndefined();
  });

  it('are refused where the length within runs past the string', () => {
    const hidden = hideReply([tunnelOf(1, Buffer.alloc(15, 7))], authenticator, there, random)[0]!.value;
    expect(revealReply([{ type: 69, value: hidden }], authenticator, there)).toBeDefined();
    // 15 becomes 16, by the key stream's own exclusive or.
    hidden[3]! ^= 15 ^ 16;
    expect(revealReply([{ type: 69, value: hidden }], authenticator, there)).toBeUndefined();
  });

  it('of a vendor in a body that breaks off, or is none, stay as they came', () => {
    for (const body of ['', '00', '000001', '00000137', '00000137 10', '00000137 10 01', '00000137 10 12 8001']) {
      const raw = [{ type: 26, value: octets(body) }];
      expect(revealReply(raw, authenticator, there)).toEqual(raw);
    }
  });

  it('become noise or are refused under a wrong secret, never the key', () => {
    const hidden = hideReply([sendKey], authenticator, there, random);
    const clear = revealReply(hidden, authenticator, here);
    expect(clear?.[0]?.value.subarray(6).equals(Buffer.alloc(32, 5)) ?? false).toBe(false);
  });
});

function tunnelOf(tag: number, clear: Buffer): ClearAttribute {
  return { type: 69, value: Buffer.concat([Buffer.of(tag), clear]), hidden: 'salted' };
}

/** RFC 2868 §3.5 by the platform's MD5: the string with its length octet and padding. */
function unsalted(value: Buffer, secret: string): Buffer {
  let previous: Buffer = Buffer.concat([authenticator, value.subarray(0, 2)]);
  const blocks: Buffer[] = [];
  for (let at = 2; at < value.length; at += 16) {
    const stream = createHash('md5').update(secret).update(previous).digest();
    previous = value.subarray(at, at + 16);
    blocks.push(Buffer.from(previous.map((octet, index) => octet ^ stream[index]!)));
  }
  return Buffer.concat(blocks);
}
