import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChallengeSession, Offer } from '../../src/challenge/index.ts';
import { packSession, unpackSession } from '../../src/storage/packed-session.ts';

const octets = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'binary', maxLength: 300 });
const digest = octets(16).map((value) => value.toString('latin1'));
const attribute = fc.oneof(
  fc.record({ type: fc.integer({ min: 0, max: 255 }), value: octets(253) }),
  fc.record({
    type: fc.constantFrom(26, 69),
    value: octets(240),
    hidden: fc.constantFrom('salted' as const, 'password' as const, 'ascend' as const),
  }),
);
const login = fc.record(
  {
    client: text,
    userKey: text,
    userId: fc.nat(),
    epoch: fc.nat(),
    begun: text,
    unavailableBy: fc.constantFrom('policy' as const, 'client' as const, 'command' as const),
    primary: text,
    passwordDigest: digest,
    attributes: fc.array(attribute, { maxLength: 20 }),
    stale: fc.record(
      {
        reason: fc.constantFrom('password-expired' as const, 'password-must-change' as const),
        sealed: octets(160),
        isRelayed: fc.constant(true as const),
      },
      { requiredKeys: ['reason', 'sealed'] },
    ),
  },
  { requiredKeys: ['client', 'userKey', 'attributes'] },
);
const offer = fc.constantFrom<Offer>(
  { factor: 'totp', kind: 'own' },
  { factor: 'sms', kind: 'sent' },
  { factor: 'push', kind: 'approval' },
);
const common = {
  attemptsLeft: fc.nat(10),
  roundsLeft: fc.nat(30),
  expiresAtMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
  mayAsk: fc.boolean(),
  holds: fc.boolean(),
  hasMenu: fc.boolean(),
  offers: fc.array(offer, { minLength: 1, maxLength: 4 }),
  wrongDigests: fc.array(digest, { maxLength: 5 }),
};
const challenge = fc.oneof(
  fc.record({ ...common, state: fc.constant('choosing' as const) }),
  fc.record(
    {
      ...common,
      state: fc.constantFrom('awaiting-passcode' as const, 'awaiting-approval' as const),
      current: fc.constantFrom('totp' as const, 'push' as const, 'codes' as const),
      openId: text,
    },
    {
      requiredKeys: [
        'state',
        'current',
        'attemptsLeft',
        'roundsLeft',
        'expiresAtMs',
        'mayAsk',
        'holds',
        'hasMenu',
        'offers',
        'wrongDigests',
      ],
    },
  ),
);
const eap = fc.record({
  rounds: fc.nat(99),
  sinceMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
  isSealed: fc.boolean(),
});
const conversation = fc.record(
  { primary: text, server: text, state: octets(253), eap },
  { requiredKeys: ['primary', 'server'] },
);
const choice = fc.record(
  {
    triesLeft: fc.nat(3),
    expiresAtMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
    typedDigest: digest,
    passed: fc.record({ reason: text, factor: text }, { requiredKeys: ['reason'] }),
  },
  { requiredKeys: ['triesLeft', 'expiresAtMs'] },
);
const session: fc.Arbitrary<ChallengeSession> = fc.oneof(
  fc.record({ kind: fc.constant('second-door' as const), login, challenge }),
  fc.record({ kind: fc.constant('enrolment' as const), login }),
  fc.record({ kind: fc.constant('new-password' as const), login, choice }),
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
