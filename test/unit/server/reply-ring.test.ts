import { describe, expect, it } from 'vitest';
import { ReplyRing } from '../../../src/server/reply-ring.ts';

const SEED = 0x5eed;
const reply = (text: string): Buffer => Buffer.from(text);

describe('a ring of replies', () => {
  it('gives copies: what is sent cannot change what is kept', () => {
    const ring = new ReplyRing(10, SEED);
    ring.set('key', reply('octets'), 1_000);
    ring.get('key', 0)?.fill(0);
    expect(ring.get('key', 0)?.toString()).toBe('octets');
  });

  it('keeps a reply until its time', () => {
    const ring = new ReplyRing(10, SEED);
    ring.set('key', reply('octets'), 1_000);
    expect(ring.get('key', 999)).toBeDefined();
    expect(ring.get('key', 1_000)).toBeUndefined();
  });

  it('gives the newest of two under one key, and none when both had to go', () => {
    const ring = new ReplyRing(2, SEED);
    ring.set('key', reply('old'), 1_000);
    ring.set('key', reply('new'), 1_000);
    expect(ring.get('key', 0)?.toString()).toBe('new');
    ring.set('a', reply('x'), 1_000);
    expect(ring.get('key', 0)?.toString()).toBe('new');
    ring.set('b', reply('x'), 1_000);
    expect(ring.get('key', 0)).toBeUndefined();
  });

  it('lets the oldest go when its octets are used up', () => {
    const ring = new ReplyRing(1_000, SEED, 100);
    for (let number = 0; number < 50; number += 1) ring.set(`key-${number}`, reply('0123456789'), 1_000);
    expect(ring.get('key-49', 0)?.toString()).toBe('0123456789');
    expect(ring.get('key-0', 0)).toBeUndefined();
  });

  it('does not keep what would never fit', () => {
    const ring = new ReplyRing(10, SEED, 100);
    ring.set('key', Buffer.alloc(100), 1_000);
    expect(ring.get('key', 0)).toBeUndefined();
  });
});
