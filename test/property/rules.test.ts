import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress, parsePrefix } from '../../src/lib/ip.ts';
import {
  beginUnder,
  continueUnder,
  createPlans,
  type ConditionOptions,
  type Day,
  type Facts,
  type RuleOptions,
} from '../../src/policy/index.ts';
import { FACTORS, POLICY } from '../unit/policy/ordinary.ts';

const some = <Value>(...values: Value[]) => fc.option(fc.subarray(values, { minLength: 1 }), { nil: undefined });
const prefixes = ['192.0.2.0/24', '192.0.2.1', '0.0.0.0/0', '2001:db8::/32', '::/0'].flatMap(
  (text) => parsePrefix(text) ?? [],
);

const condition: fc.Arbitrary<ConditionOptions> = fc.record({
  client: some('vpn', 'rdg'),
  user: some('alice', 'bob', '@example.com'),
  group: some('staff', 'admins', 'cn=a,dc=b'),
  address: some(...prefixes),
  days: some('mon', 'sat'),
  from: fc.constantFrom(undefined, '08:00', '22:00'),
  to: fc.constantFrom(undefined, '12:00', '18:00'),
});

const rule: fc.Arbitrary<RuleOptions> = fc.record({
  when: condition,
  except: fc.option(condition, { nil: undefined }),
  then: fc.constantFrom('factors', 'skip', 'deny'),
  factors: some('totp', 'hotp', 'push'),
  numberMatching: fc.constantFrom(undefined, true, false),
  rememberHours: fc.constantFrom(undefined, 0, 8),
});

const addresses = [undefined, '192.0.2.1', '192.0.2.9', '10.0.0.1', '2001:db8::1', '::1'];

const facts: fc.Arbitrary<Facts> = fc
  .record({
    client: fc.constantFrom('vpn', 'rdg', 'ssh'),
    userKeys: fc.subarray(['alice', 'bob@example.com', 'carol'], { minLength: 1 }),
    groupKeys: fc.subarray(['staff', 'admins', 'cn=a,dc=b']),
    more: fc.subarray(['alice', 'bob']),
    moreGroups: fc.subarray(['admins']),
    address: fc.constantFrom(...addresses),
    nowMs: fc.constantFrom('2026-03-02T09:00Z', '2026-03-07T23:00Z', '2026-03-03T00:30Z').map(Date.parse),
  })
  .map(({ client, userKeys, groupKeys, more, moreGroups, address, nowMs }) => ({
    client,
    nowMs,
    identity: { userKeys, groupKeys },
    widest: () => ({ userKeys: [...userKeys, ...more], groupKeys: [...groupKeys, ...moreGroups] }),
    address: address === undefined ? undefined : parseAddress(address),
  }));

const plansOf = (rules: readonly RuleOptions[]) => createPlans({ default: { ...POLICY, rules } }, FACTORS);

describe('rules in any order', () => {
  it('let nobody past the second door unless one of them that matches says skip', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), facts, (rules, who) => {
        const plan = plansOf(rules).find('default', () => who)!;
        const saysSkip = rules.some(
          (one) => one.then === 'skip' && plansOf([one]).find('default', () => who)?.decision === 'skip',
        );
        if (plan.decision === 'factors') expect(plan.factors.length).toBeGreaterThan(0);
        if (plan.decision === 'skip') expect(saysSkip).toBe(true);
      }),
    );
  });

  it('ask nobody less under a name that is known to nobody than under their own', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), facts, (rules, who) => {
        const known: Facts = { ...who, identity: who.widest(), address: who.address };
        const withoutSkips = rules.map((one): RuleOptions => (one.then === 'skip' ? { ...one, when: {} } : one));
        const own = plansOf(withoutSkips).find('default', () => known)!;
        const unknown = plansOf(withoutSkips).find('default', () => who)!;
        if (own.decision !== 'skip' && withoutSkips.every(({ except }) => except === undefined))
          expect(unknown.decision).not.toBe('skip');
      }),
    );
  });

  it('are found by the index as by looking at each in turn', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), facts, (rules, who) => {
        const holds = (one: RuleOptions) =>
          plansOf([one])
            .find('default', () => who)
            ?.rule?.startsWith('rules[0]') === true;
        // Before one that skips, one that asks holds for everybody whom it may mean.
        const mayAsk = ({ when, except, then }: RuleOptions) =>
          then === 'factors' &&
          (when.user ?? when.group) !== undefined &&
          plansOf([{ when, except, then: 'deny' }]).find('default', () => who)?.decision === 'deny';
        const sure = rules.findIndex(holds);
        const asked = rules[sure]?.then === 'skip' ? rules.slice(0, sure).findIndex(mayAsk) : -1;
        const first = asked < 0 ? sure : asked;
        const { decidedBy, passedOver } = plansOf(rules).explain('default', who)!;
        expect(decidedBy ?? -1).toBe(first);
        expect(passedOver).toHaveLength(first < 0 ? rules.length : first);
      }),
    );
  });

  it('are found so at any minute of the week, also where hours alone tell very many of them apart', () => {
    const time = fc.nat(1_439).map((minutes) => {
      return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    });
    const hours = fc.record({
      from: fc.option(time, { nil: undefined }),
      to: fc.option(time, { nil: undefined }),
      days: some<Day>('mon', 'wed', 'sun'),
      timeZone: fc.constantFrom(undefined, 'Europe/Copenhagen', 'Asia/Kolkata'),
      client: some('vpn', 'rdg'),
    });
    const timed: fc.Arbitrary<RuleOptions> = fc.record({
      when: hours,
      except: fc.option(condition, { nil: undefined }),
      then: fc.constantFrom('skip', 'deny'),
    });
    const week = Date.parse('2026-03-02T00:00Z');
    const moments = fc.array(fc.nat(7 * 86_400_000), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(timed, { minLength: 50, maxLength: 200 }), moments, facts, (rules, times, someone) => {
        const plans = plansOf(rules);
        const alone = rules.map((one) => plansOf([one]));
        for (const time of times) {
          const who = { ...someone, nowMs: week + time };
          const first = alone.findIndex((one) => one.explain('default', who)?.decidedBy === 0);
          expect(plans.explain('default', who)?.decidedBy ?? -1).toBe(first);
          expect(plans.find('default', () => who)?.rule).toContain(first < 0 ? 'no rule' : `rules[${first}]`);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('make an answer never easier than at its beginning or now', () => {
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 4 }),
        fc.array(rule, { maxLength: 4 }),
        facts,
        facts,
        (before, now, one, other) => {
          const begun = plansOf(before).find('default', () => one)!;
          const present = plansOf(now).find('default', () => other)!;
          const judged = continueUnder(beginUnder(begun), present);
          if (present.decision === 'deny') expect(judged?.decision).toBe('deny');
          else if (judged !== undefined) {
            const asking = [begun, present].filter((plan) => plan.factors.length > 0);
            if (asking.length > 0) expect(judged.factors.length).toBeGreaterThan(0);
            for (const factor of judged.factors)
              expect(asking.every((plan) => plan.factors.includes(factor))).toBe(true);
            expect(judged.rememberSeconds).toBeLessThanOrEqual(
              Math.min(begun.rememberSeconds, present.rememberSeconds),
            );
            expect(judged.numberMatching).toBe(begun.numberMatching || present.numberMatching);
          }
        },
      ),
    );
  });
});

it('10,000 rules are not looked at one after the other', () => {
  const [office] = prefixes;
  const rules = Array.from({ length: 10_000 }, (_, index): RuleOptions => {
    const kinds: readonly ConditionOptions[] = [
      { user: [`user-${index}`] },
      { group: [`group-${index}`] },
      { group: ['staff'], address: [{ octets: Buffer.from([10, 1, index >> 8, index & 255]), lengthBits: 32 }] },
      { client: ['vpn'], user: [`user-${index}`], address: [office!] },
    ];
    return { when: kinds[index % 4]!, then: 'skip' };
  });
  const { who, asked } = watched({ userKeys: ['user-9996'], groupKeys: ['staff', 'group-9997'] });
  expect(plansOf(rules).find('default', () => who)?.rule).toMatch(/^rules\[9996\]/);
  expect(asked()).toBeLessThan(20);
});

it('10,000 rules that hours alone tell apart are looked at once a minute, not at each login', () => {
  const open = { from: '00:00', to: '00:01' };
  const rules = Array.from({ length: 10_000 }, (_, index): RuleOptions => {
    const minutes = 1 + (index % 1_400);
    const from = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    return { when: index === 9_990 ? open : { from, to: '23:59', client: ['vpn'] }, then: 'skip' };
  });
  const plans = plansOf(rules);
  const { who, asked } = watched({ userKeys: ['alice'], groupKeys: [] });
  for (let login = 0; login < 5; login += 1) {
    expect(plans.find('default', () => who)?.rule).toMatch(/^rules\[9990\]/);
  }
  expect(asked()).toBeLessThan(50);
});

// Somebody at midnight, with the number of times that a rule asked who they are.
function watched(identity: Facts['identity']): { readonly who: Facts; readonly asked: () => number } {
  let asked = 0;
  const who: Facts = {
    client: 'vpn',
    nowMs: 0,
    get identity() {
      asked += 1;
      return identity;
    },
    widest: () => ({ userKeys: [], groupKeys: [] }),
    address: parseAddress('10.1.0.7'),
  };
  return { who, asked: () => asked };
}
