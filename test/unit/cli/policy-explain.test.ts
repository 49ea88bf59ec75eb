import { afterEach, beforeEach, expect, it } from 'vitest';
import { policyExplain } from '../../../src/cli/policy-explain.ts';
import { userAdd } from '../../../src/cli/user-add.ts';
import { Workplace } from '../../support/terminal.ts';

const CONFIG = `
server: { dataDir: ../data, listen: [{ protocol: udp, address: 127.0.0.1, port: 0 }] }
clients:
  - { name: vpn, address: 127.0.0.1/32, secret: a-shared-secret-of-enough-octets, primary: local }
primaries: { local: { type: local } }
policies:
  default:
    factors: [totp, email]
    timeZone: Europe/Copenhagen
    rules:
      - { name: office, when: { address: 192.0.2.0/24, from: "08:00", to: "18:00" }, except: { group: admins }, then: skip }
      - { name: guests, when: { group: guests }, then: deny, }
      - { name: admins, when: { group: admins }, factors: [totp], numberMatching: true, rememberHours: 8 }
    reply:
      - { when: { group: admins }, attributes: { Class: admins, Tunnel-Password: sesame } }
`;

let workplace: Workplace;
beforeEach(async () => {
  workplace = new Workplace();
  workplace.write(workplace.config, CONFIG);
  for (const [name, group] of [
    ['alice', ['Admins']],
    ['bob', undefined],
  ] as const) {
    await workplace.play(userAdd, { name, password: false, group, email: 'someone@example.com' });
  }
});
afterEach(() => workplace.remove());

const explain = (options: object) => workplace.play(policyExplain, { user: 'bob', client: 'vpn', ...options });

it('names the rule that decides, why those before it do not match, and what the login has to pass', async () => {
  const { status, out } = await explain({ user: 'ALICE', address: '192.0.2.7', time: '2026-03-02T08:00Z' });
  expect(status).toBe(0);
  expect(out).toMatch(/user alice, groups Admins, client vpn, address 192\.0\.2\.7/);
  expect(out).toMatch(/rules\[0\] "office": skip .*\n +does not match: its exception holds/);
  expect(out).toMatch(/rules\[1\] "guests": deny .*\n +does not match: the user is in none of its groups/);
  expect(out).toMatch(/rules\[2\] "admins": factors totp, number matching, remembered 8 h \(group admins\)\n +decides/);
  expect(out).toMatch(/Second door: totp \(the user has none\)\nNumber matching: yes; remembered: 8 h/);
  expect(out).toMatch(/Accept with Class/);
  expect(out).not.toContain('sesame');
});

it.each([
  [{ address: '192.0.2.7', time: '2026-03-02T08:00+01:00' }, 'skip'],
  [{ address: '::ffff:192.0.2.7', time: '2026-03-02T08:00+01:00' }, 'skip'],
  [{ address: '192.0.2.7', time: '2026-03-02T07:59+01:00' }, 'factors'],
  [{ time: '2026-03-02T08:00+01:00' }, 'factors'],
  [{ group: ['GUESTS'] }, 'deny'],
  [{ user: 'CORP\\alice', address: '192.0.2.7', time: '2026-03-02T08:00+01:00' }, 'factors'],
])('%j comes to %s, in JSON too', async (options, decision) => {
  const { status, out } = await explain({ ...options, json: true });
  expect(status).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ policy: 'default', client: 'vpn', decision });
});

it('tells which of the factors the user has', async () => {
  const { out } = await explain({ json: true });
  const { rule, factors } = JSON.parse(out) as { rule: string; factors: unknown };
  expect(rule).toBe('no rule matches');
  expect(factors).toEqual([
    { factor: 'totp', hasIt: false },
    { factor: 'email', hasIt: true },
  ]);
});

it.each([
  [{ client: 'vnp' }, '--client is none of the configuration: vpn.'],
  [{ address: 'office' }, '--address is no IPv4 or IPv6 address.'],
  [{ time: '2026-03-02' }, '--time is no ISO 8601 time'],
  [{ user: ' x' }, 'Refused'],
])('%j is bad usage', async (options, problem) => {
  expect(await explain(options)).toMatchObject({ status: 2, err: expect.stringContaining(problem) as string });
});
