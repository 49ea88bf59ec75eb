import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyRing } from '../../src/server/reply-ring.ts';

const SEED = 0x5eed;
const MAX_REPLIES = 8;
const RING_OCTETS = 300;
const step = fc.record({
  key: fc.integer({ min: 0, max: 30 }).map((number) => `key ${number}`),
  length: fc.integer({ min: 0, max: 90 }),
});

describe('a ring of replies, whatever is put in', () => {
  it('gives under each key what was put there last, or nothing, and always the newest', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const ring = new ReplyRing(MAX_REPLIES, SEED, RING_OCTETS);
        const model = new Map<string, Buffer>();
        steps.forEach(({ key, length }, number) => {
          const reply = Buffer.alloc(length, number);
          ring.set(key, reply, 1);
          model.set(key, reply);
          expect(ring.get(key, 0)).toEqual(reply);
          for (const [known, last] of model) {
            const found = ring.get(known, 0);
            if (found !== undefined) expect(found).toEqual(last);
          }
          const kept = [...model.keys()].filter((known) => ring.get(known, 0) !== undefined);
          expect(kept.length).toBeLessThanOrEqual(MAX_REPLIES);
        });
      }),
    );
  });
});
