import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { createSharedKey, hideUserPassword, revealUserPassword } from '../../../src/radius/index.ts';

const key = createSharedKey(Secret.fromText('a shared secret'));
const authenticator = randomBytes(16);

/** RFC 2865 §5.2 by the platform's MD5: the password with its padding. */
function shown(value: Buffer): Buffer {
  let previous: Buffer = authenticator;
  const blocks: Buffer[] = [];
  for (let at = 0; at < value.length; at += 16) {
    const stream = createHash('md5').update('a shared secret').update(previous).digest();
    previous = value.subarray(at, at + 16);
    blocks.push(Buffer.from(previous.map((octet, index) => octet ^ stream[index]!)));
  }
  return Buffer.concat(blocks);
}

describe('User-Password (RFC 2865 §5.2)', () => {
  it.each([
    [0, 16],
    [1, 16],
    [15, 16],
    [16, 16],
    [17, 32],
    [127, 128],
    [128, 128],
  ])('of %d octets is hidden in %d, padded with NULs', (length, octets) => {
    const password = Buffer.alloc(length, 0xe4);
    const value = hideUserPassword(password, authenticator, key);
    expect(value).toHaveLength(octets);
    expect(shown(value)).toEqual(Buffer.concat([password, Buffer.alloc(octets - length)]));
    expect(revealUserPassword(value, authenticator, key)).toEqual(password);
  });

  it('is refused beyond 128 octets', () => {
    expect(() => hideUserPassword(Buffer.alloc(129, 1), authenticator, key)).toThrow(
      expect.objectContaining({ code: 'password-too-long' }),
    );
  });

  it('keeps a NUL within, and loses those at its end', () => {
    const value = hideUserPassword(Buffer.from('a\0b\0\0'), authenticator, key);
    expect(revealUserPassword(value, authenticator, key)).toEqual(Buffer.from('a\0b'));
  });

  it.each([0, 1, 15, 17, 31, 129, 144, 253])('is none in a value of %d octets', (length) => {
    expect(revealUserPassword(Buffer.alloc(length), authenticator, key)).toBeUndefined();
  });
});
