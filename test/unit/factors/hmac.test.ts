import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmac } from '../../../src/factors/hmac.ts';

describe('HMAC of a counter', () => {
  it.each(['sha1', 'sha256', 'sha512'] as const)('is what node:crypto computes with %s', (algorithm) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        (key, message) => {
          expect(hmac(algorithm, key, message)).toEqual(createHmac(algorithm, key).update(message).digest());
        },
      ),
    );
  });

  it('keeps earlier digests untouched by later calls', () => {
    const first = hmac('sha1', Buffer.from('a'), Buffer.alloc(8));
    const kept = Buffer.from(first);
    hmac('sha1', Buffer.from('b'), Buffer.alloc(8, 1));
    expect(first).toEqual(kept);
  });
});
