import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import { parsePrefix } from '../../../src/lib/ip.ts';
import type { RuleOptions } from '../../../src/policy/index.ts';
import { openGate, type Gate } from '../../support/gate.ts';

let gate: Gate;
let alice: (steps?: number) => string;
beforeEach(async () => {
  gate = await openGate();
  alice = await gate.addUser('alice');
});
afterEach(() => gate.close());

const office = { address: ['192.0.2.0/24'].flatMap((text) => parsePrefix(text) ?? []) };
const skipInOffice: RuleOptions = { name: 'office', when: office, then: 'skip' };
const denyAll: RuleOptions = { when: {}, then: 'deny' };
const text = (value: string) => ({ type: 11, value: Buffer.from(value) });

const outcome = ({ verdict }: Decision): string => `${verdict.kind} ${verdict.reason}`;
const stateOf = ({ verdict }: Decision): Buffer | undefined =>
  verdict.kind === 'challenge' ? verdict.state : undefined;
const valuesOf = ({ verdict }: Decision): string[] =>
  verdict.kind === 'accept' ? verdict.attributes.map(({ value }) => value.toString()) : [];

describe('a rule that skips', () => {
  beforeEach(() => gate.setPolicy({ rules: [skipInOffice] }));

  it('asks the first door alone, and the log names it', async () => {
    const decision = await gate.decide({ station: '192.0.2.7' });
    expect(outcome(decision)).toBe('accept skipped-by-rule');
    expect(decision.event?.rule).toBe('rules[0] "office": skip (address 192.0.2.0/24)');
    expect(outcome(await gate.decide({ station: '192.0.2.7', password: 'wrong' }))).toBe('reject primary-rejected');
  });

  it.each(['203.0.113.7', '192.0.2.7 ', '192.0.2.7, 10.0.0.1', '192.0.2.7\u0000', '00-11-22-33-44-55', ''])(
    'does not for the station %j',
    async (station) => {
      const decision = await gate.decide({ station });
      expect(outcome(decision)).toBe('challenge passcode-asked');
      expect(decision.event?.rule).toBe('no rule matches');
    },
  );

  it('opens no door where the first could not be asked', async () => {
    gate.setPolicy({ rules: [skipInOffice], unavailable: 'allow' });
    gate.answerFirstDoor(() => ({ kind: 'unavailable', cause: 'down' }));
    expect(outcome(await gate.decide({ station: '192.0.2.7' }))).toBe('reject primary-unavailable');
  });

  it('does not for a spelling of somebody whom it excepts', async () => {
    await gate.storage.users.setUser('alice', { groups: ['Admins'] });
    gate.setPolicy({ rules: [{ ...skipInOffice, except: { group: ['admins'] } }] });
    for (const user of ['alice', 'ALICE', 'CORP\\alice', 'alice@example.com', 'a\u0301lice', 'alice@any/realm']) {
      expect((await gate.decide({ user, station: '192.0.2.7' })).verdict.kind).not.toBe('accept');
    }
    await gate.addUser('bob');
    expect(outcome(await gate.decide({ user: 'bob', station: '192.0.2.7' }))).toBe('accept skipped-by-rule');
  });
});

describe('a rule that asks some for a second factor', () => {
  const admins: RuleOptions = { when: { group: ['admins'] }, then: 'factors', factors: ['totp'] };
  it.each([
    ['before one that skips', { rules: [admins, { ...skipInOffice, when: {} }] }],
    ['where the policy asks nobody', { factors: [], rules: [admins] }],
  ])('%s asks every spelling of theirs', async (_, policy) => {
    await gate.storage.users.setUser('alice', { groups: ['Admins'] });
    await gate.addUser('bob');
    gate.setPolicy(policy);
    for (const user of ['alice', 'ALICE', 'CORP\\alice', 'alice@example.com', 'a\u0301lice', 'alice@any/realm']) {
      expect((await gate.decide({ user })).verdict.kind).not.toBe('accept');
    }
    expect((await gate.decide({ user: 'bob' })).verdict.kind).toBe('accept');
  });
});

describe('a rule that denies', () => {
  it('tells what a wrong password tells, and tries none', async () => {
    const wrong = (await gate.decide({ password: 'wrong' })).verdict;
    const asked = gate.asked.length;
    gate.setPolicy({ rules: [denyAll] });
    const decisions = [
      await gate.decide({}),
      await gate.decide({ user: 'nobody' }),
      await gate.decide({ password: 'wrong' }),
    ];
    expect(decisions.map(outcome)).toEqual(Array.from({ length: 3 }, () => 'reject denied-by-rule'));
    const words = (verdict: Decision['verdict']) =>
      verdict.kind === 'reject' ? verdict.message.replace(/\[.*\]/, '') : '';
    expect(decisions.map(({ verdict }) => words(verdict))).toEqual(Array.from({ length: 3 }, () => words(wrong)));
    expect(gate.asked).toHaveLength(asked);
  });

  it('denies every spelling of a user, and who is known under another name', async () => {
    await gate.addUser('alice.other@example.org');
    gate.setPolicy({ rules: [{ when: { user: ['ALICE'] }, then: 'deny' }] });
    for (const user of ['alice', 'Alice', 'CORP\\alice', 'alice@example.com']) {
      expect(outcome(await gate.decide({ user }))).toBe('reject denied-by-rule');
    }
    expect((await gate.decide({ user: 'alice.other@example.org' })).verdict.kind).toBe('challenge');
  });
});

describe('an answer', () => {
  const totpOnly: RuleOptions = { when: {}, then: 'factors', factors: ['totp'] };

  it('still needs the second door where a rule has begun to skip meanwhile', async () => {
    const state = stateOf(await gate.decide({}));
    gate.setPolicy({ rules: [{ when: {}, then: 'skip' }] });
    const wrong = await gate.decide({ state, password: '000000' });
    expect(outcome(wrong)).toBe('challenge passcode-asked-again');
    expect(outcome(await gate.decide({ state: stateOf(wrong), password: alice() }))).toBe('accept both-doors');
  });

  it('from an address that would have skipped still needs the second door', async () => {
    gate.setPolicy({ rules: [skipInOffice] });
    const state = stateOf(await gate.decide({ station: '203.0.113.7' }));
    expect((await gate.decide({ state, password: '000000', station: '192.0.2.7' })).verdict.kind).toBe('challenge');
  });

  it('is refused where a rule has begun to deny meanwhile', async () => {
    const state = stateOf(await gate.decide({}));
    gate.setPolicy({ rules: [denyAll] });
    expect(outcome(await gate.decide({ state, password: alice() }))).toBe('reject denied-by-rule');
  });

  it('is refused where no factor is left that both the beginning and now allow', async () => {
    gate.setPolicy({ rules: [totpOnly] });
    const state = stateOf(await gate.decide({}));
    gate.setPolicy({ factors: ['hotp', 'push'] });
    expect(outcome(await gate.decide({ state, password: alice() }))).toBe('reject challenge-expired');
  });

  it('is no passcode that only the present rule allows', async () => {
    gate.setPolicy({ factors: ['hotp', 'push'] });
    await gate.addPhone('alice');
    const state = stateOf(await gate.decide({ client: { outOfBand: 'ask' } }));
    expect(state).toBeDefined();
    gate.setPolicy({ factors: ['totp', 'push'] });
    expect((await gate.decide({ state, password: alice() })).verdict.kind).not.toBe('accept');
  });

  it('is refused to who was renamed meanwhile', async () => {
    const state = stateOf(await gate.decide({}));
    await gate.storage.users.deleteUser('alice');
    const renamed = await gate.addUser('alicia');
    expect((await gate.decide({ state, password: renamed() })).verdict.kind).toBe('reject');
    expect((await gate.decide({ user: 'alicia', state, password: renamed() })).verdict.kind).toBe('reject');
  });
});

describe('an Accept', () => {
  beforeEach(async () => {
    await gate.storage.users.setUser('alice', { groups: ['Staff', 'vpn'] });
    gate.setPolicy({
      rules: [{ ...skipInOffice, reply: [text('from the rule')] }],
      reply: [
        { when: { group: ['vpn'] }, attributes: [text('vpn')] },
        { when: { group: ['others'] }, attributes: [text('never')] },
        { when: { user: ['alice'] }, except: { client: ['other'] }, attributes: [text('alice'), text('vpn')] },
      ],
    });
  });
  const theirs = 'class of the home server';

  it('carries the attributes of groups and user, in order and once, whichever way the user came in', async () => {
    const challenge = await gate.decide({});
    expect(outcome(await gate.decide({ client: { name: 'other' } }))).toBe('challenge passcode-asked');
    const byPasscode = await gate.decide({ state: stateOf(challenge), password: alice() });
    expect(valuesOf(byPasscode)).toEqual([theirs, 'vpn', 'alice']);
    expect(valuesOf(await gate.decide({ password: `secret,${alice(1)}` }))).toEqual([theirs, 'vpn', 'alice']);
    expect(valuesOf(await gate.decide({ station: '192.0.2.7' }))).toEqual([theirs, 'from the rule', 'vpn', 'alice']);
    const user = await gate.storage.users.findUserRecord('alice');
    const digest = gate.storage.codeDigest(user!.id, 'ABCDEFGHJKLMNPQR');
    const code = { userId: user!.id, kind: 'app-password', digest, client: 'vpn', label: '', expiresAtMs: 0 } as const;
    await gate.storage.codes.addCode(code);
    const byAppPassword = await gate.decide({ password: 'ABCDEFGHJKLMNPQR' });
    expect(outcome(byAppPassword)).toBe('accept app-password');
    expect(valuesOf(byAppPassword)).toEqual(['vpn', 'alice']);
    expect(outcome(await gate.decide({ password: 'ABCDEFGHJKLMNPQR', station: '192.0.2.7' }))).toBe(
      'accept app-password',
    );
  });

  it('alone carries them', async () => {
    const rejected = await gate.decide({ password: 'wrong' });
    expect(rejected.verdict).toMatchObject({ kind: 'reject', attributes: [] });
    expect(JSON.stringify((await gate.decide({})).verdict)).not.toContain('alice');
  });
});

it('a rule can require a number to be picked', async () => {
  await gate.storage.users.addUser('bob', {});
  await gate.addPhone('bob');
  gate.setPolicy({ factors: ['push'], rules: [{ when: { user: ['bob'] }, then: 'factors', numberMatching: true }] });
  const decision = await gate.decide({ user: 'bob' });
  expect(outcome(decision)).toBe('challenge approval-asked');
  expect(decision.verdict).toMatchObject({ message: expect.stringMatching(/\d\d/) as string });
});
