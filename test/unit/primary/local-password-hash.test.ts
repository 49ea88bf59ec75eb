import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { hashPassword, verifyPassword } from '../../../src/primary/index.ts';
import { createDummyHash, defaultCost, parsePasswordHash } from '../../../src/primary/password-hash.ts';

const random = createSystemRandom();
const cost = { memory: 64, passes: 1, parallelism: 1 };
const salt = 'c29tZXNhbHQ';
const tag = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

describe('password hash', () => {
  it('is argon2id in PHC form with the cost OWASP asks for', async () => {
    const hash = await hashPassword(Buffer.from('correct horse'), random);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await verifyPassword(hash, Buffer.from('correct horse'))).toBe(true);
    expect(await verifyPassword(hash, Buffer.from('correct horsf'))).toBe(false);
  });

  it('verifies what the reference implementation of argon2 has made', async () => {
    const hash = `$argon2id$v=19$m=65536,t=2,p=1$${salt}$${tag}`;
    expect(await verifyPassword(hash, Buffer.from('password'))).toBe(true);
    expect(await verifyPassword(hash, Buffer.from('passwore'))).toBe(false);
  });

  it('differs each time, by its salt', async () => {
    const password = Buffer.from('same');
    expect(await hashPassword(password, random, cost)).not.toBe(await hashPassword(password, random, cost));
  });

  it('verifies any octets and no others', async () => {
    const octets = fc.uint8Array({ minLength: 1, maxLength: 128 }).map((array) => Buffer.from(array));
    await fc.assert(
      fc.asyncProperty(octets, async (password) => {
        const hash = await hashPassword(password, random, cost);
        expect(await verifyPassword(hash, password)).toBe(true);
        expect(await verifyPassword(hash, Buffer.concat([password, Buffer.from('x')]))).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['nothing', ''],
    ['text', 'secret'],
    ['another algorithm', `$argon2i$v=19$m=65536,t=2,p=1$${salt}$${tag}`],
    ['another version', `$argon2id$v=16$m=65536,t=2,p=1$${salt}$${tag}`],
    ['10 GB of memory', `$argon2id$v=19$m=9999999,t=2,p=1$${salt}$${tag}`],
    ['more memory than digits', `$argon2id$v=19$m=99999999999,t=2,p=1$${salt}$${tag}`],
    ['too little memory', `$argon2id$v=19$m=7,t=2,p=1$${salt}$${tag}`],
    ['too little memory for its lanes', `$argon2id$v=19$m=64,t=2,p=9$${salt}$${tag}`],
    ['hours of passes', `$argon2id$v=19$m=65536,t=99,p=1$${salt}$${tag}`],
    ['no pass', `$argon2id$v=19$m=65536,t=0,p=1$${salt}$${tag}`],
    ['no lane', `$argon2id$v=19$m=65536,t=2,p=0$${salt}$${tag}`],
    ['a short salt', `$argon2id$v=19$m=65536,t=2,p=1$c29tZQ$${tag}`],
    ['a short tag', `$argon2id$v=19$m=65536,t=2,p=1$${salt}$AAAA`],
    ['a line end behind it', `$argon2id$v=19$m=65536,t=2,p=1$${salt}$${tag}\n`],
  ])('with %s verifies nothing', async (_, hash) => {
    expect(parsePasswordHash(hash)).toBeUndefined();
    expect(await verifyPassword(hash, Buffer.from('password'))).toBe(false);
  });

  it('for users without one costs the same as a real one', async () => {
    const real = parsePasswordHash(await hashPassword(Buffer.from('x'), random));
    const dummy = createDummyHash(random);
    expect(dummy.cost).toEqual(defaultCost);
    expect([dummy.salt.length, dummy.tag.length]).toEqual([real?.salt.length, real?.tag.length]);
  });
});
