import { describe, expect, it } from 'vitest';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createSecretBox } from '../../../src/storage/index.ts';

const random = createSystemRandom();
const masterKey = Secret.fromOctets(Buffer.alloc(32, 1));
const box = createSecretBox(masterKey, 'token', random);
const secret = Secret.fromText('JBSWY3DPEHPK3PXP');

describe('a secret box', () => {
  it('opens what it sealed, also made anew from the same key', () => {
    const sealed = box.seal(secret, 'token:T-1:7');
    expect(createSecretBox(masterKey, 'token', random).open(sealed, 'token:T-1:7').reveal()).toEqual(secret.reveal());
  });

  it('seals the empty secret', () => {
    expect(box.open(box.seal(Secret.fromText(''), 'x'), 'x').length).toBe(0);
  });

  it('shows nothing of the secret and seals it differently each time', () => {
    const [one, two] = [box.seal(secret, 'x'), box.seal(secret, 'x')];
    expect(one.includes(secret.reveal())).toBe(false);
    expect(one.equals(two)).toBe(false);
  });

  it.each([
    ['of another record', () => box.open(box.seal(secret, 'token:T-1:7'), 'token:T-1:8')],
    ['of another purpose', () => createSecretBox(masterKey, 'config', random).open(box.seal(secret, 'x'), 'x')],
    ['of another master key', () => otherBox().open(box.seal(secret, 'x'), 'x')],
    ['that was cut off', () => box.open(box.seal(secret, 'x').subarray(0, 29), 'x')],
    ['that is empty', () => box.open(Buffer.alloc(0), 'x')],
  ])('refuses a secret %s', (_, open) => {
    expect(open).toThrow(expect.objectContaining({ code: 'sealed-invalid' }));
  });

  it('refuses a secret with any one bit changed', () => {
    const sealed = box.seal(secret, 'x');
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const altered = Buffer.from(sealed);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => box.open(altered, 'x')).toThrow(expect.objectContaining({ code: 'sealed-invalid' }));
    }
  });
});

function otherBox() {
  return createSecretBox(Secret.fromOctets(Buffer.alloc(32, 2)), 'token', random);
}
