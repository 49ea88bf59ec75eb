import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createStateMac, MAC_OCTETS } from '../../../src/challenge/state-mac.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';

const random = createSystemRandom();

describe('the MAC of a State', () => {
  it.each([1, 20, 32, 63, 64, 65, 200])('is HMAC-SHA-256 cut to 16 octets under a key of %i octets', (keyOctets) => {
    const key = random.octets(keyOctets);
    const macOf = createStateMac(Secret.fromOctets(key));
    for (const length of [0, 1, 21, 45, 55, 56, 64, 300]) {
      const signed = random.octets(length);
      const expected = createHmac('sha256', key).update(signed).digest().subarray(0, MAC_OCTETS);
      expect(macOf(signed).toString('hex'), `${length} octets`).toBe(expected.toString('hex'));
    }
  });

  it('does not depend on what was signed before', () => {
    const macOf = createStateMac(Secret.fromOctets(random.octets(32)));
    const signed = random.octets(40);
    const before = macOf(signed);
    macOf(random.octets(120));
    expect(macOf(signed)).toEqual(before);
  });
});
