import { describe, expect, it } from 'vitest';
import { parseAddress, parsePrefix } from '../../../src/lib/ip.ts';
import { nameKey } from '../../../src/lib/name-key.ts';
import { createPlans, groupKey, type Facts, type PolicyOptions, type RuleOptions } from '../../../src/policy/index.ts';
import { FACTORS, POLICY } from './ordinary.ts';

interface Who {
  readonly client?: string;
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly mayBe?: { readonly users: readonly string[]; readonly groups: readonly string[] };
  readonly address?: string;
  readonly time?: string;
}

function factsOf({
  client = 'vpn',
  user = 'alice',
  groups = [],
  mayBe,
  address,
  time = '2026-03-02T12:00Z',
}: Who): Facts {
  const identity = { userKeys: [nameKey(user)], groupKeys: groups.map(groupKey) };
  const wide = mayBe && {
    userKeys: [nameKey(user), ...mayBe.users.map(nameKey)],
    groupKeys: mayBe.groups.map(groupKey),
  };
  const octets = address === undefined ? undefined : parseAddress(address);
  return { client, identity, widest: () => wide ?? identity, address: octets, nowMs: Date.parse(time) };
}

const prefixes = (...texts: string[]) => texts.flatMap((text) => parsePrefix(text) ?? []);

function verdict(rules: readonly RuleOptions[], who: Who, policy: Partial<PolicyOptions> = {}): string {
  const plan = createPlans({ default: { ...POLICY, ...policy, rules } }, FACTORS).find('default', () => factsOf(who));
  return plan?.decision === 'factors' ? plan.factors.join(' ') : (plan?.decision ?? 'none');
}

const skip = (when: RuleOptions['when'], except?: RuleOptions['except']): RuleOptions => ({
  when,
  except,
  then: 'skip',
});
const deny = (when: RuleOptions['when'], except?: RuleOptions['except']): RuleOptions => ({
  when,
  except,
  then: 'deny',
});

describe('a condition', () => {
  it.each<[RuleOptions['when'], Who, boolean]>([
    [{}, {}, true],
    [{ client: ['vpn', 'rdg'] }, { client: 'rdg' }, true],
    [{ client: ['VPN'] }, { client: 'vpn' }, false],
    [{ user: ['ALICE'] }, { user: 'alice' }, true],
    [{ user: ['zoë'] }, { user: 'ZOE\u0308' }, true],
    [{ user: ['alice'] }, { user: 'alice@example.com' }, false],
    [{ user: ['@Example.com'] }, { user: 'alice@EXAMPLE.com' }, true],
    [{ user: ['@example.com'] }, { user: 'alice@notexample.com' }, false],
    [{ user: ['@example.com'] }, { user: 'alice@example.com@evil.org' }, false],
    [{ user: ['@example.com'] }, { user: 'alice' }, false],
    [{ group: ['vpn users'] }, { groups: ['VPN Users'] }, true],
    [{ group: ['Straße'] }, { groups: ['STRAßE'] }, true],
    [{ group: ['ÅRHUS'] }, { groups: ['a\u030arhus'] }, true],
    [
      { group: ['CN=VPN Users,OU=Groups,DC=example,DC=com'] },
      { groups: ['cn=vpn users, ou = Groups,dc=Example,dc=com'] },
      true,
    ],
    [{ group: ['CN=Smith\\, Inc,DC=x'] }, { groups: ['CN=smith\\2c inc,DC=x'] }, true],
    [{ group: ['CN=a,DC=x'] }, { groups: ['CN=a\\,DC=x'] }, false],
    [{ group: ['CN=a,DC=x'] }, { groups: ['a', 'CN=a,DC=y'] }, false],
    [{ group: ['vpn'] }, { groups: ['vpn-users', 'vp'] }, false],
    [{ address: prefixes('192.0.2.0/24') }, { address: '192.0.2.200' }, true],
    [{ address: prefixes('192.0.2.0/24') }, { address: '::ffff:192.0.2.200' }, true],
    [{ address: prefixes('192.0.2.0/24') }, { address: '192.0.3.1' }, false],
    [{ address: prefixes('192.0.2.0/24') }, {}, false],
    [{ address: prefixes('0.0.0.0/0', '::/0') }, {}, false],
    [{ address: prefixes('0.0.0.0/0') }, { address: '::1' }, false],
    [{ address: prefixes('2001:db8::/33') }, { address: '2001:db8:7fff::1' }, true],
    [{ address: prefixes('2001:db8::/33') }, { address: '2001:db8:8000::1' }, false],
    [{ client: ['vpn'], group: ['staff'] }, { groups: ['staff'], client: 'rdg' }, false],
    [
      { client: ['vpn'], user: ['alice'], group: ['staff'], address: prefixes('192.0.2.1') },
      { groups: ['x', 'Staff'], address: '192.0.2.1' },
      true,
    ],
  ])('%j of %j: %s', (when, who, holds) => {
    expect(verdict([skip(when)], who)).toBe(holds ? 'skip' : 'totp push');
  });
});

describe('hours', () => {
  const office = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' } as const;
  const night = { days: ['fri'], from: '22:00', to: '06:00' } as const;
  it.each<[string, RuleOptions['when'], string, boolean]>([
    ['the first minute', office, '2026-03-02T08:00Z', true],
    ['the last minute', office, '2026-03-02T17:59:59Z', true],
    ['the minute after', office, '2026-03-02T18:00Z', false],
    ['another day', office, '2026-03-01T12:00Z', false],
    ['the policy’s zone is UTC by default', office, '2026-03-02T07:30+01:00', false],
    ['another zone', { ...office, timeZone: 'Europe/Copenhagen' }, '2026-03-02T07:30Z', true],
    ['the evening before midnight', night, '2026-03-06T23:00Z', true],
    ['the morning after midnight', night, '2026-03-07T05:59Z', true],
    ['the morning of the same day', night, '2026-03-06T05:00Z', false],
    ['the evening after', night, '2026-03-07T23:00Z', false],
    ['a whole day', { days: ['sun'] }, '2026-03-01T23:59Z', true],
    ['to the end of the day', { from: '18:00', to: '24:00' }, '2026-03-01T23:59Z', true],
    ['to midnight', { from: '18:00', to: '00:00' }, '2026-03-01T00:00Z', false],
    // 2026-03-29 02:00–03:00 does not exist in Copenhagen, 2026-10-25 02:00–03:00 comes twice.
    [
      'a beginning that the clock leaps over',
      { from: '02:30', timeZone: 'Europe/Copenhagen' },
      '2026-03-29T01:00Z',
      true,
    ],
    ['the minute before the leap', { from: '02:30', timeZone: 'Europe/Copenhagen' }, '2026-03-29T00:59Z', false],
    ['an end that the clock leaps over', { to: '02:30', timeZone: 'Europe/Copenhagen' }, '2026-03-29T01:00Z', false],
    [
      'the hour that comes twice, first',
      { from: '02:30', to: '02:45', timeZone: 'Europe/Copenhagen' },
      '2026-10-25T00:31Z',
      true,
    ],
    [
      'the hour that comes twice, again',
      { from: '02:30', to: '02:45', timeZone: 'Europe/Copenhagen' },
      '2026-10-25T01:31Z',
      true,
    ],
    ['a zone of half hours', { from: '12:00', to: '12:30', timeZone: 'Asia/Kolkata' }, '2026-03-02T06:45Z', true],
  ])('%s', (_, when, time, holds) => {
    expect(verdict([skip(when)], { time })).toBe(holds ? 'skip' : 'totp push');
  });

  it('follow the clock from login to login', () => {
    const plans = createPlans({ default: { ...POLICY, rules: [skip({ from: '08:00' })] } }, FACTORS);
    const at = (time: string) => plans.find('default', () => factsOf({ time }))?.decision;
    expect(['T07:59:59Z', 'T08:00:00Z', 'T07:59:00Z'].map((time) => at(`2026-03-02${time}`))).toEqual([
      'factors',
      'skip',
      'factors',
    ]);
  });
});

describe('rules', () => {
  const rules: readonly RuleOptions[] = [
    { name: 'out', ...deny({ group: ['contractors'] }, { client: ['rdg'] }) },
    { name: 'office', ...skip({ address: prefixes('192.0.2.0/24') }, { group: ['admins'] }) },
    {
      name: 'admins',
      when: { group: ['admins'] },
      then: 'factors',
      factors: ['hotp'],
      numberMatching: true,
      rememberHours: 0,
    },
    { when: { client: ['rdg'] }, then: 'factors', factors: ['push'], rememberHours: 8, menu: true },
  ];
  it.each<[Who, string]>([
    [{}, 'totp push'],
    [{ groups: ['contractors', 'admins'], address: '192.0.2.1' }, 'deny'],
    [{ groups: ['contractors'], client: 'rdg' }, 'push'],
    [{ address: '192.0.2.1' }, 'skip'],
    [{ address: '192.0.2.1', groups: ['admins'] }, 'hotp'],
    [{ client: 'rdg', groups: ['admins'] }, 'hotp'],
    [{ client: 'rdg' }, 'push'],
  ])('the first that matches %j decides: %s', (who, expected) => {
    expect(verdict(rules, who)).toBe(expected);
  });

  it('change of a plan what they name, and say who they are', () => {
    const plans = createPlans({ default: { ...POLICY, rememberHours: 4, rules } }, FACTORS);
    const plan = (who: Who) => plans.find('default', () => factsOf(who));
    expect(plan({})).toMatchObject({
      rule: 'no rule matches',
      rememberSeconds: 14_400,
      numberMatching: false,
      hasMenu: false,
    });
    expect(plan({ groups: ['admins'] })).toMatchObject({
      rule: 'rules[2] "admins": factors hotp, number matching, remembered 0 h (group admins)',
      ...{ numberMatching: true, rememberSeconds: 0, challengeTtlMs: 30_000 },
    });
    expect(plan({ client: 'rdg' })).toMatchObject({
      rule: 'rules[3]: factors push, menu, remembered 8 h (client rdg)',
      ...{ hasMenu: true, rememberSeconds: 28_800, challengeTtlMs: 60_000 },
    });
    expect(plan({ groups: ['contractors'] })?.rule).toBe('rules[0] "out": deny (group contractors; except client rdg)');
    expect(createPlans({ default: POLICY }, FACTORS).find('default', () => factsOf({}))?.rule).toBeUndefined();
  });

  it('that are not there ask for nothing that is known of a login', () => {
    const plans = createPlans({ default: POLICY, none: { ...POLICY, rules: [], reply: [] } }, FACTORS);
    const facts = (): Facts => expect.fail('facts were looked at');
    for (const name of ['default', 'none']) {
      expect(plans.find(name, facts)?.decision).toBe('factors');
      expect(plans.replies(name, facts)).toEqual([]);
    }
  });

  it('explain themselves', () => {
    const plans = createPlans({ default: { ...POLICY, rules } }, FACTORS);
    const explained = plans.explain('default', factsOf({ groups: ['admins'], address: '192.0.2.1' }));
    expect(explained).toMatchObject({ decidedBy: 2, plan: { factors: ['hotp'] } });
    expect(explained?.passedOver.map(({ mismatch }) => mismatch)).toEqual(['group', 'except']);
    expect(plans.explain('default', factsOf({}))?.passedOver.map(({ mismatch }) => mismatch)).toEqual([
      'group',
      'address',
      'group',
      'client',
    ]);
    expect(plans.explain('nobody', factsOf({}))).toBeUndefined();
  });

  it.each<[string, RuleOptions, Who, string]>([
    [
      'deny who may be the user',
      deny({ user: ['root'] }),
      { user: 'CORP\\root', mayBe: { users: ['root'], groups: [] } },
      'deny',
    ],
    [
      'deny who may be in the group',
      deny({ group: ['bad'] }),
      { user: 'CORP\\root', mayBe: { users: [], groups: ['bad'] } },
      'deny',
    ],
    [
      'do not let out of a denial who only may be excepted',
      deny({}, { user: ['root'] }),
      { user: 'CORP\\root', mayBe: { users: ['root'], groups: [] } },
      'deny',
    ],
    [
      'do not skip for who may be excepted',
      skip({}, { group: ['admins'] }),
      { user: 'CORP\\root', mayBe: { users: [], groups: ['admins'] } },
      'totp push',
    ],
    [
      'do not skip for who only may be the user',
      skip({ user: ['root'] }),
      { user: 'CORP\\root', mayBe: { users: ['root'], groups: [] } },
      'totp push',
    ],
    [
      'do not skip past an exception of addresses for who tells none',
      skip({}, { address: prefixes('203.0.113.0/24') }),
      {},
      'totp push',
    ],
    [
      'deny who tells no address where only some are let in',
      deny({}, { address: prefixes('203.0.113.0/24') }),
      {},
      'deny',
    ],
  ])('%s', (_, rule, who, expected) => {
    expect(verdict([rule], who)).toBe(expected);
  });

  const may = { user: 'CORP\\root', mayBe: { users: ['root'], groups: ['admins'] } };
  const asks = (when: RuleOptions['when'], except?: RuleOptions['except']): RuleOptions => ({
    when,
    except,
    then: 'factors',
    factors: ['hotp'],
  });
  it.each<[string, readonly RuleOptions[], Who, Partial<PolicyOptions>, string]>([
    ['for the user', [asks({ user: ['root'] }), skip({})], may, {}, 'hotp'],
    ['for the group', [asks({ group: ['admins'] }), skip({})], may, {}, 'hotp'],
    ['where the policy asks nobody', [asks({ group: ['admins'] })], may, { factors: [] }, 'hotp'],
    ['but not after the one that skips', [skip({}), asks({ user: ['root'] })], may, {}, 'skip'],
    ['but not who is excepted', [asks({ group: ['admins'] }, { client: ['vpn'] }), skip({})], may, {}, 'skip'],
    ['but nobody else', [asks({ group: ['admins'] }), skip({})], {}, {}, 'skip'],
    ['and lets nobody past a denial', [asks({ user: ['root'] }), deny({})], may, {}, 'deny'],
  ])('ask who may be the one whom they ask: %s', (_, list, who, policy, expected) => {
    expect(verdict(list, who, policy)).toBe(expected);
  });
});
