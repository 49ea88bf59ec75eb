import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientConfig, Desk } from '../unit/server/desk.ts';
import { makeRequest, proxyState, SECRET, userName, userPassword, type Pair } from '../unit/server/wire.ts';

const octets = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

const attribute: fc.Arbitrary<Pair> = fc
  .tuple(fc.integer({ min: 1, max: 255 }), octets(253))
  .filter(([type]) => type !== 80);
const attributes = fc.array(attribute, { maxLength: 12 });
const nonce = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((array) => Buffer.from(array));

const byClients = (): Desk[] => [
  new Desk(),
  new Desk({ clients: [clientConfig({ messageAuthenticator: 'when-present' })] }),
];

describe('an exchange', () => {
  it('stands every datagram, and never answers one that is not signed', async () => {
    const desk = new Desk();
    await fc.assert(
      fc.asyncProperty(octets(4200), async (datagram) => {
        await desk.receive(datagram);
        expect(desk.sent).toEqual([]);
      }),
    );
    expect(desk.asked).toEqual([]);
  });

  it('stands everything under a valid header, in every mode', async () => {
    const desks = byClients();
    await fc.assert(
      fc.asyncProperty(octets(400), fc.constantFrom(1, 12), async (body, code) => {
        const datagram = Buffer.concat([Buffer.from([code, 1, 0, 0]), Buffer.alloc(16, 7), body]);
        datagram.writeUInt16BE(datagram.length, 2);
        for (const desk of desks) await desk.receive(datagram);
        expect(desks[0]!.sent).toEqual([]);
      }),
    );
  });

  it('answers no packet in which one octet was changed on the way', async () => {
    const desk = new Desk();
    const valid = makeRequest({ attributes: [userName('alice'), proxyState('p'), userPassword('secret')] });
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: valid.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, difference) => {
        const changed = Buffer.from(valid);
        changed[at]! ^= difference;
        await desk.receive(changed);
        expect(desk.sent).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('stands every attribute of a packet that is signed, and answers it unless its password is malformed', async () => {
    const desk = new Desk();
    await fc.assert(
      fc.asyncProperty(attributes, fc.constantFrom('first', 'last'), nonce, async (given, signed, authenticator) => {
        const before = desk.sent.length;
        await desk.receive(makeRequest({ attributes: given, signed, authenticator }));
        const passwords = given.filter(([type]) => type === 2);
        if (passwords.length === 0) expect(desk.sent).toHaveLength(before + 1);
      }),
    );
  });

  it('answers no packet that was signed with another secret', async () => {
    const desks = byClients();
    await fc.assert(
      fc.asyncProperty(attributes, fc.string(), async (given, secret) => {
        fc.pre(secret !== SECRET);
        for (const desk of desks) await desk.receive(makeRequest({ attributes: given, secret }));
        expect(desks.map(({ sent }) => sent.length)).toEqual([0, 0]);
      }),
    );
  });
});
