import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChallengeSession } from '../../src/challenge/index.ts';
import { packSession, unpackSession } from '../../src/storage/packed-session.ts';

const octets = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'binary', maxLength: 300 });
const digest = octets(16).map((value) => value.toString('latin1'));
const attribute = fc.oneof(
  fc.record({ type: fc.integer({ min: 0, max: 255 }), value: octets(253) }),
  fc.record({ type: fc.constantFrom(26, 69), value: octets(240), hidden: fc.constant('salted' as const) }),
);
const login = fc.record(
  {
    client: text,
    userKey: text,
    primary: text,
    passwordDigest: digest,
    attributes: fc.array(attribute, { maxLength: 20 }),
  },
  { requiredKeys: ['client', 'userKey', 'attributes'] },
);
const challenge = fc.record({
  state: fc.constant('awaiting-passcode' as const),
  attemptsLeft: fc.nat(10),
  roundsLeft: fc.nat(30),
  expiresAtMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
  mayAsk: fc.boolean(),
  wrongDigests: fc.array(digest, { maxLength: 5 }),
});
const conversation = fc.record(
  { primary: text, server: text, state: octets(253) },
  { requiredKeys: ['primary', 'server'] },
);
const session: fc.Arbitrary<ChallengeSession> = fc.oneof(
  fc.record({ kind: fc.constant('second-door' as const), login, challenge }),
  fc.record({ kind: fc.constant('home-server' as const), login, conversation }),
);

describe('a packed session', () => {
  it('comes out as it went in, whatever it holds', () => {
    fc.assert(
      fc.property(session, (given) => {
        expect(unpackSession(packSession(given))).toEqual(given);
      }),
    );
  });
});
