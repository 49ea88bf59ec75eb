import { beforeAll, describe, expect, it } from 'vitest';
import type { AttributeBook } from '../../../src/config/index.ts';
import { createAttributeBook, factorlessOf, loadOwnDictionary } from '../../../src/policies.ts';
import { configOf, problemsOf, soundConfig, warningsOf } from '../../support/config-text.ts';

const policy = (keys: string): string => soundConfig.replace('{ factors: [totp] }', `{ factors: [totp], ${keys} }`);
const rules = (text: string): string => policy(`rules: [${text}]`);
const relay = (text: string): string =>
  soundConfig.replace('    primary: local\n', `    primary: local\n    relay: ${text}\n`);

let attributes: AttributeBook;
beforeAll(() => {
  const dictionary = loadOwnDictionary();
  attributes = createAttributeBook(() => dictionary);
});

const problems = (text: string): string[] =>
  problemsOf(text, { attributes }).map((problem) => problem.slice(problem.indexOf(' ') + 1));

describe('a rule', () => {
  it('is read with its lists filled in', () => {
    const text = rules(
      '{ name: office, when: { address: 192.0.2.0/24, group: [Staff, "CN=a,DC=b"], days: mon, from: "08:00" }, except: { user: root }, then: skip, reply: { Class: x } }',
    );
    const [rule] = configOf(text, { attributes }).policies['default']!.rules;
    expect(rule).toEqual({
      name: 'office',
      when: {
        address: [{ octets: Buffer.from([192, 0, 2, 0]), lengthBits: 24 }],
        group: ['Staff', 'CN=a,DC=b'],
        days: ['mon'],
        from: '08:00',
      },
      except: { user: ['root'] },
      then: 'skip',
      reply: { Class: ['x'] },
      ...{ factors: undefined, menu: undefined, numberMatching: undefined, rememberHours: undefined },
    });
  });

  const at = 'policies.default.rules[0]';
  it.each([
    ['{ then: skp }', `${at}.then: must be one of factors, skip, deny, did you mean "skip"?`],
    [
      '{ factors: [topt] }',
      `${at}.factors[0]: must be one of totp, hotp, push, sms, call, email, did you mean "totp"?`,
    ],
    ['{ factors: [] }', `${at}.factors: needs at least one entry`],
    ['{ factors: [totp, totp] }', `${at}.factors[1]: stands in this list already`],
    ['{ when: { client: vnp } }', `${at}.when.client: "vnp" is the name of no client, did you mean "vpn"?`],
    [
      '{ except: { client: [vpn, vnp] } }',
      `${at}.except.client[1]: "vnp" is the name of no client, did you mean "vpn"?`,
    ],
    [
      '{ when: { address: 192.0.2.1/24 } }',
      `${at}.when.address: has host bits set: write the first address of the block, or 192.0.2.1 alone`,
    ],
    [
      '{ when: { address: [office] } }',
      `${at}.when.address[0]: must be an IPv4 or IPv6 address, or a prefix such as 192.0.2.0/24`,
    ],
    ['{ when: { grup: staff } }', `${at}.when.grup: unknown key, did you mean "group"?`],
    ['{ when: { days: [monday] } }', `${at}.when.days[0]: must be one of mon, tue, wed, thu, fri, sat, sun`],
    ['{ when: { from: "8:00" } }', `${at}.when.from: must be a time of day from "00:00" to "24:00", in quotes`],
    [
      '{ when: { from: "08:00", to: "08:00" } }',
      `${at}.when.to: is the same as \`from\`: leave both out for the whole day`,
    ],
    [
      '{ when: { days: mon, timeZone: Europe/Atlantis } }',
      `${at}.when.timeZone: must be the name of a time zone such as Europe/Copenhagen, or UTC`,
    ],
    ['{ when: { timeZone: UTC } }', `${at}.when.timeZone: needs days, from or to beside it`],
    ['{ except: {} }', `${at}.except: must name somebody: empty, it would take everyone out`],
    ['{ then: skip, factors: [totp] }', `${at}.factors: means nothing where the rule says skip`],
    ['{ then: deny, reply: { Class: x } }', `${at}.reply: means nothing where the rule says deny`],
    ['{ name: a }, { name: a }', 'policies.default.rules[1].name: is the name of rules[0] already'],
  ])('%s is refused', (text, problem) => {
    expect(problems(rules(text))).toEqual([problem]);
  });

  it.each(['{ when: , then: skip }', '{ when: { group: }, then: skip }', '{ when: { user: [] }, then: skip }'])(
    '%s, which would skip for everyone, is refused',
    (text) => {
      expect(problems(rules(text))).toHaveLength(1);
    },
  );

  it('that is never reached, or opens the only door, is warned of', () => {
    const none = rules('{ then: factors }, { when: { group: a }, then: skip }').replace(
      '{ type: local }',
      '{ type: none }',
    );
    const warnings = warningsOf(none);
    expect(warnings.some((warning) => /rules\[1\]: is never reached.*rules\[0\] matches everyone/.test(warning))).toBe(
      true,
    );
    expect(warnings.some((warning) => /rules\[1\]\.then: NOTHING is checked here.*vpn/.test(warning))).toBe(true);
  });

  it('that remembers logins of a client without a first door is warned of, also where the policy does', () => {
    const none = rules('{ when: { client: vpn }, then: factors, rememberHours: 8 }').replace(
      '{ type: local }',
      '{ type: none }',
    );
    const said = (text: string) => warningsOf(text).filter((warning) => warning.includes('no login is remembered'));
    expect(said(none)).toEqual([
      expect.stringMatching(/^policies\.default\.rules\[0\]\.rememberHours: has no effect at vpn: /) as string,
    ]);
    expect(said(none.replace('rememberHours: 8', 'rememberHours: 0'))).toEqual([]);
    expect(said(rules('{ when: { client: vpn }, then: factors, rememberHours: 8 }'))).toEqual([]);
    expect(said(none.replace('rules:', 'rememberHours: 2, rules:'))).toHaveLength(2);
  });

  it('that skips for every user of a client without a first door is refused', () => {
    const none = rules('{ when: { client: vpn }, then: skip }').replace('{ type: local }', '{ type: none }');
    expect(problems(none)).toEqual([expect.stringContaining('anyone would be let in') as string]);
  });
});

describe('reply attributes', () => {
  const at = 'policies.default.reply[0].attributes';
  it.each([
    [
      '{ Fortinet-Grup-Name: a }',
      `${at}.Fortinet-Grup-Name: no dictionary has an attribute of this name, did you mean "Fortinet-Group-Name"?`,
    ],
    [
      '{ "Tunnel-Privat-Group-Id:1": a }',
      `${at}.Tunnel-Privat-Group-Id:1: no dictionary has an attribute of this name, did you mean "Tunnel-Private-Group-Id:1"?`,
    ],
    ['{ Class: 0x1234 }', `${at}.Class: is no number: put it in quotes`],
    ['{ Session-Timeout: soon }', `${at}.Session-Timeout: Session-Timeout takes a value of type integer`],
    ['{ Session-Timeout: -1 }', `${at}.Session-Timeout: Session-Timeout takes a value of type integer`],
    ['{ Framed-IP-Address: 1.2.3 }', `${at}.Framed-IP-Address: Framed-IP-Address takes a value of type ipaddr`],
    ['{ Filter-Id: [a, 7] }', `${at}.Filter-Id[1]: is no number: put it in quotes`],
    ['{ "Class:1": a }', `${at}.Class:1: Class has no tag`],
    ['{ State: a }', `${at}.State: cannot be set: it belongs to the protocol itself`],
    ['{ MS-MPPE-Send-Key: a }', `${at}.MS-MPPE-Send-Key: cannot be set: it belongs to the protocol itself`],
    ['{ Attr-26.311.16: "0x00" }', `${at}.Attr-26.311.16: cannot be set: it belongs to the protocol itself`],
    ['{ Attr-26: "0x00000137100300" }', `${at}.Attr-26: cannot be set: it belongs to the protocol itself`],
    ['{ Attr-69: "0x00" }', `${at}.Attr-69: is hidden on the wire: use its name, Tunnel-Password`],
  ])('%s are refused', (text, problem) => {
    expect(problems(policy(`reply: [{ attributes: ${text} }]`))).toEqual([problem]);
  });

  it('that fit into no packet are refused', () => {
    const values = Array.from({ length: 20 }, () => 'x'.repeat(240)).join(', ');
    expect(problems(policy(`reply: [{ attributes: { Filter-Id: [${values}] } }]`))).toEqual([
      expect.stringMatching(/reply\[0\]\.attributes: these attributes take 4840 octets/) as string,
    ]);
  });

  it('and relay rules are taken by every kind of name and value', () => {
    const text = policy(
      'reply: [{ when: { group: a }, attributes: { Class: "0x00ff", Session-Timeout: 3600, Service-Type: Framed-User, "Tunnel-Type:1": VLAN, "Tunnel-Private-Group-Id:1": "20", Tunnel-Password: s, Cisco-AVPair: ["shell:priv-lvl=15", "b"], Framed-IPv6-Prefix: "2001:db8::/64", Attr-26.9.250: "0x01" } }]',
    );
    expect(problems(text)).toEqual([]);
    expect(
      problems(relay('{ remove: [Class, "Tunnel-Type:1", Attr-26.9.1], set: { Filter-Id: a }, add: { Class: b } }')),
    ).toEqual([]);
    expect(problems(relay('{ remove: [Clas], set: { Filter-Idd: a } }'))).toEqual([
      expect.stringContaining(
        'relay.remove[0]: no dictionary has an attribute of this name, did you mean "Class"?',
      ) as string,
      expect.stringContaining('relay.set.Filter-Idd: no dictionary') as string,
    ]);
  });
});

it.each([
  ['factors: []', true],
  ['factors: [], reply: [{ attributes: { Class: all } }]', true],
  ['factors: [], reply: [{ when: { client: vpn }, attributes: { Class: all } }]', true],
  ['factors: [], reply: [{ when: { group: admins }, attributes: { Class: admins } }]', false],
  ['factors: [], reply: [{ except: { user: root }, attributes: { Class: all } }]', false],
  ['factors: [], rules: [{ when: { group: admins }, factors: [totp] }]', false],
  ['factors: [totp]', false],
])('a policy of %s needs not know who somebody is: %s', (keys, isFactorless) => {
  const text = soundConfig.replace('{ factors: [totp] }', `{ ${keys} }`);
  expect(factorlessOf(configOf(text, { attributes }).policies).has('default')).toBe(isFactorless);
});
