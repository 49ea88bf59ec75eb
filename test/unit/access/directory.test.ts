import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import { createAcquaintance } from '../../../src/access/acquaintance.ts';
import type { Visit } from '../../../src/access/visit.ts';
import type { Person, PersonLookup } from '../../../src/primary/index.ts';
import type { PolicyOptions } from '../../../src/policy/index.ts';
import { openGate, type Gate } from '../../support/gate.ts';

let gate: Gate;
let alice: (steps?: number) => string;

const alicesPerson: Person = { name: 'alice', dn: 'cn=alice', source: 'door', externalId: 'a1', groups: [] };
const person = (...groups: string[]): PersonLookup => ({
  kind: 'found',
  person: { ...alicesPerson, groups: groups.map((name) => ({ name, dn: `cn=${name}` })) },
});
const spelt = /^(corp\\)?alice(@example\.com)?$/i;
const knows = (...groups: string[]): void =>
  gate.answerDirectory((name) => (spelt.test(name) ? person(...groups) : { kind: 'unknown' }));
const isDown: () => void = () => gate.answerDirectory(() => ({ kind: 'unavailable', cause: 'down' }));

beforeEach(async () => {
  gate = await openGate();
  alice = await gate.addUser('alice');
  knows();
});
afterEach(() => gate.close());

const outcome = ({ verdict }: Decision): string => `${verdict.kind} ${verdict.reason}`;
const stateOf = ({ verdict }: Decision): Buffer | undefined =>
  verdict.kind === 'challenge' ? verdict.state : undefined;

describe('while the directory cannot be asked', () => {
  async function addAppPassword(): Promise<string> {
    const user = await gate.storage.users.findUserRecord('alice');
    const password = 'ABCDEFGH23456789';
    const digest = gate.storage.codeDigest(user!.id, password);
    await gate.storage.codes.addCode({
      ...{ userId: user!.id, kind: 'app-password', digest, label: '', expiresAtMs: 0, client: 'vpn' },
    });
    return password;
  }

  it('an app password opens nothing where a rule may shut its owner out', async () => {
    const password = await addAppPassword();
    gate.setPolicy({ rules: [{ when: { group: ['leavers'] }, then: 'deny' }] });
    expect(outcome(await gate.decide({ password }))).toBe('accept app-password');
    knows('leavers');
    expect(outcome(await gate.decide({ password }))).toBe('reject denied-by-rule');
    isDown();
    expect(outcome(await gate.decide({ password }))).toBe('reject primary-unavailable');
  });

  const atItsEnd: [string, () => void][] = [
    ['has gone from the directory', () => gate.answerDirectory(() => ({ kind: 'unknown' }))],
    [
      'is disabled there',
      () => gate.answerDirectory(() => ({ kind: 'found', person: { ...alicesPerson, isDisabled: true } })),
    ],
  ];
  it.each(atItsEnd)('an app password opens nothing for who %s', async (_, end) => {
    const password = await addAppPassword();
    await gate.decide({});
    expect(outcome(await gate.decide({ password }))).toBe('accept app-password');
    end();
    expect(outcome(await gate.decide({ password }))).toBe('reject primary-rejected');
  });

  it('an app password is good for whom no directory has ever known, beside one', async () => {
    const password = await addAppPassword();
    gate.answerDirectory(() => ({ kind: 'unknown' }));
    expect(outcome(await gate.decide({ password }))).toBe('accept app-password');
  });

  it('an app password goes on where no rule says anything', async () => {
    const password = await addAppPassword();
    isDown();
    expect(outcome(await gate.decide({ password }))).toBe('accept app-password');
  });

  it('the second door alone decides where that is allowed, also in the answer to a question', async () => {
    gate.setPolicy({ unavailable: 'allow' });
    isDown();
    const question = await gate.decide({});
    expect(outcome(question)).toBe('challenge passcode-asked');
    const answered = await gate.decide({ state: stateOf(question), password: alice() });
    expect(outcome(answered)).toBe('accept both-doors');
    expect(answered.event).toMatchObject({ primaryPassedUnavailable: true, unavailableBy: 'policy' });
  });

  it.each(atItsEnd)(
    'the second door alone opens nothing for who %s, where the directory can be asked',
    async (_, end) => {
      await gate.decide({});
      gate.setPolicy({ unavailable: 'allow' });
      gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'down' }));
      const state = stateOf(await gate.decide({}));
      expect(state).toBeDefined();
      end();
      expect(outcome(await gate.decide({}))).toBe('reject primary-unavailable');
      expect(outcome(await gate.decide({ state, password: alice() }))).toBe('reject primary-unavailable');
    },
  );

  it.each<[string, Partial<PolicyOptions>, () => void, () => void]>([
    ['the first door was open', {}, () => undefined, isDown],
    ['that is no longer allowed', { unavailable: 'allow' }, isDown, () => gate.setPolicy({})],
    [
      'a rule may shut its owner out by now',
      { unavailable: 'allow' },
      isDown,
      () => gate.setPolicy({ unavailable: 'allow', rules: [{ when: { group: ['leavers'] }, then: 'deny' }] }),
    ],
  ])('an answer opens nothing where %s', async (_, policy, before, after) => {
    gate.setPolicy(policy);
    before();
    const state = stateOf(await gate.decide({}));
    expect(state).toBeDefined();
    after();
    expect(outcome(await gate.decide({ state, password: alice() }))).toBe('reject primary-unavailable');
  });
});

describe('somebody of the directory', () => {
  it('is not taken for nobody by another directory while their own is down', async () => {
    const find = (found: PersonLookup) => ({ find: () => Promise.resolve(found) });
    const primaries = new Map([
      ['one', find({ kind: 'unavailable', cause: 'down' })],
      ['two', find({ kind: 'unknown' })],
    ]);
    const client = { primary: ['one', 'two'] };
    const visit = { request: { client }, settings: { primaries }, username: { name: 'alice' } } as unknown as Visit;
    const acquaintance = createAcquaintance({ people: undefined, planned: () => visit });
    expect(await acquaintance.identify(visit)).toMatchObject({ kind: 'unavailable', said: { primary: 'one' } });
  });

  it.each([
    [
      'a rule asks for a second factor',
      { factors: [], rules: [{ when: { group: ['admins'] }, then: 'factors', factors: ['totp'] }] },
    ],
    ['a rule shuts out', { factors: [], rules: [{ when: { group: ['admins'] }, then: 'deny' }] }],
    ['a rule lets in without, but not them', { rules: [{ when: {}, then: 'skip', except: { group: ['admins'] } }] }],
  ] satisfies [string, Partial<PolicyOptions>][])(
    'whom %s by their group there, is met under no name of theirs but a home server’s',
    async (_, policy) => {
      knows('admins');
      gate.setPolicy(policy);
      for (const user of ['alice', 'alice@any.realm', 'OTHER\\alice'])
        expect((await gate.decide({ user })).verdict.kind, user).not.toBe('accept');
      expect((await gate.decide({ user: 'bob@any.realm' })).verdict.kind).toBe('accept');
      gate.answerDirectory((name) => (name === 'alice' ? { kind: 'unavailable', cause: 'down' } : { kind: 'unknown' }));
      expect(outcome(await gate.decide({ user: 'alice@any.realm' }))).toBe('reject primary-unavailable');
      gate.answerDirectory((name) => ({ kind: name === 'alice' ? 'ambiguous' : 'unknown' }));
      expect(outcome(await gate.decide({ user: 'alice@any.realm' }))).toBe('reject user-ambiguous');
    },
  );

  it('who is blocked, or has a token, under the name there, has no other for a home server', async () => {
    const smith = {
      kind: 'found',
      person: { name: 'alice', dn: 'cn=alice', source: 'door', externalId: 'a1', groups: [] },
    } as const;
    gate.answerDirectory((name) => (name === 'a.smith' ? smith : { kind: 'unknown' }));
    gate.setPolicy({ unenrolled: 'allow' });
    expect(outcome(await gate.decide({ user: 'a.smith@any.realm' }))).toBe('reject unenrolled');
    await gate.storage.blocks.add({ username: 'alice', reason: 'x', by: 'admin', untilMs: 0 });
    expect(outcome(await gate.decide({ user: 'a.smith@any.realm' }))).toBe('reject blocked');
  });

  it('has one limit for every spelling of the name', async () => {
    gate.setLimits({ rates: { perClientPerSecond: undefined, perUserPerMinute: 3, perAddressPerMinute: undefined } });
    const outcomes: string[] = [];
    for (const user of ['alice', 'CORP\\alice', 'alice@example.com', 'CORP\\alice@example.com', 'ALICE@example.com'])
      outcomes.push(outcome(await gate.decide({ user, password: `wrong ${user}` })));
    expect(outcomes.filter((one) => one === 'reject rate-limited')).toHaveLength(2);
    expect(gate.asked).toHaveLength(3);
  });

  it('still needs the second door where a rule has begun to skip before a home server’s question was answered', async () => {
    const conversation = { primary: 'door', server: 'home', state: Buffer.from('theirs') };
    gate.answerFirstDoor((request) =>
      request.conversation === undefined
        ? { kind: 'challenged', conversation, attributes: [] }
        : { kind: 'accepted', attributes: [] },
    );
    const state = stateOf(await gate.decide({}));
    gate.setPolicy({ rules: [{ when: {}, then: 'skip' }] });
    const asked = await gate.decide({ state, password: 'answer' });
    expect(outcome(asked)).toBe('challenge passcode-asked');
    expect(outcome(await gate.decide({ state: stateOf(asked), password: alice() }))).toBe('accept both-doors');
  });
});
