import { beforeAll, describe, expect, it } from 'vitest';

import { ScriptedHomeServer } from '../support/home-server.ts';
import { phoneShows } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport, type Section } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { enrolAll, openNas, PASSWORD, valuesOf, Visitor } from './visitor.ts';

const STATION = 'Calling-Station-Id';
const CLASS = 25;
const FILTER_ID = 11;
const VENDOR_SPECIFIC = 26;

const rules: readonly Section[] = [
  { name: 'contractors', when: { client: 'vpn', group: 'contractors' }, then: 'deny' },
  {
    name: 'office',
    when: { address: ['198.51.100.0/24', '2001:db8::/32'] },
    except: { group: 'admins' },
    then: 'skip',
  },
];
const reply: readonly Section[] = [
  { when: { group: 'staff' }, attributes: { Class: 'staff', 'Fortinet-Group-Name': ['vpn', 'mail'] } },
  { when: { client: 'second' }, attributes: { 'Filter-Id': 'second' } },
];

describe('rules', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;

  beforeAll(async () => {
    const home = await keep(
      ScriptedHomeServer.start((packet) =>
        packet.accept([
          ['Class', Buffer.from('home')],
          ['Filter-Id', 'theirs'],
        ]),
      ),
    );
    const server = { address: home.address, port: home.port, secret: home.secret };
    gate = await keep(
      startSallyport({
        clients: [
          clientSection('vpn', '127.0.0.1', { userAddress: 'Calling-Station-Id' }),
          clientSection('second', '127.0.0.2', { userAddress: 'Calling-Station-Id' }),
          clientSection('relayed', '127.0.0.3', {
            primary: 'home',
            relay: { remove: ['Class'], set: { 'Filter-Id': 'ours' }, add: { 'Cisco-AVPair': 'a=b' } },
          }),
        ],
        primaries: { home: { type: 'radius', servers: [server], statusServer: false } },
        policy: { rules, reply },
      }),
    );
    await enrolAll(gate, 'ada', 'bob', 'cat');
    await gate.mustRun(['user', 'set', 'ada', '--group', 'Staff', '--group', 'Admins']);
    await gate.mustRun(['user', 'set', 'bob', '--group', 'CONTRACTORS', '--group', 'staff']);
  });

  it.each<[user: string, from: string, stations: readonly string[], code: string]>([
    ['ada', '127.0.0.1', ['198.51.100.7'], 'Access-Challenge'], // an administrator
    ['bob', '127.0.0.1', ['198.51.100.7'], 'Access-Reject'], // denied
    ['bob', '127.0.0.2', ['198.51.100.7'], 'Access-Accept'], // not at this client
    ['cat', '127.0.0.1', ['198.51.100.7'], 'Access-Accept'],
    ['cat', '127.0.0.1', ['2001:db8::7'], 'Access-Accept'],
    ['cat', '127.0.0.1', ['::ffff:198.51.100.7'], 'Access-Accept'],
    ['cat', '127.0.0.1', ['203.0.113.7'], 'Access-Challenge'],
    ['cat', '127.0.0.1', ['203.0.113.7', '198.51.100.7'], 'Access-Challenge'],
    ['cat', '127.0.0.1', ['198.51.100.7', '203.0.113.7'], 'Access-Challenge'],
    ['cat', '127.0.0.1', [], 'Access-Challenge'],
  ])('%s at %s from %j: %s', async (user, from, stations, code) => {
    const nas = await openNas(gate, { from });
    const found = await new Visitor(nas, user).begin(
      PASSWORD,
      stations.map((station) => [STATION, station] as const),
    );
    await nas.close();
    expect(found.code).toBe(code);
  });

  it('stand in the log and in the authentication log', async () => {
    const [event] = await gate.events('bob');
    const denied = (await gate.events('bob')).find(({ reason }) => reason === 'denied-by-rule');
    expect(event?.rule).toMatch(
      /^rules\[1\] "office": skip \(address 198\.51\.100\.0\/24 or .*; except group admins\)$/,
    );
    expect(denied?.rule).toBe('rules[0] "contractors": deny (client vpn, group contractors)');
    const asked = ['policy', 'explain', '--user', 'bob', '--client', 'vpn', '--json'];
    expect(JSON.parse(await gate.mustRun(asked))).toMatchObject({ decision: 'deny', rule: denied?.rule });
    expect(gate.logLines().some(({ rule, reason }) => rule === denied?.rule && reason === 'denied-by-rule')).toBe(true);
    expect(await gate.mustRun(['report', '--user', 'bob', '--format', 'csv'])).toContain('contractors');
  });

  it('give the attributes of groups and client in the Accept alone', async () => {
    const nas = await openNas(gate, { from: '127.0.0.2' });
    const ada = new Visitor(nas, 'ada');
    const challenge = await ada.begin(PASSWORD);
    expect(valuesOf(challenge, CLASS)).toEqual([]);
    const accept = await ada.answer(phoneShows());
    expect(accept.code).toBe('Access-Accept');
    expect(valuesOf(accept, CLASS).map(String)).toEqual(['staff']);
    expect(valuesOf(accept, FILTER_ID).map(String)).toEqual(['second']);
    expect(valuesOf(accept, VENDOR_SPECIFIC).map((value) => value.toString('latin1').slice(6))).toEqual([
      'vpn',
      'mail',
    ]);
    await nas.close();
  });

  it('come behind what the relay rules leave of the home server’s', async () => {
    const nas = await openNas(gate, { from: '127.0.0.3' });
    const ada = new Visitor(nas, 'ada');
    await ada.begin('whatever');
    const accept = await ada.answer(phoneShows(undefined, 1));
    expect(accept.code).toBe('Access-Accept');
    expect(valuesOf(accept, CLASS).map(String)).toEqual(['staff']);
    expect(valuesOf(accept, FILTER_ID).map(String)).toEqual(['ours']);
    expect(valuesOf(accept, VENDOR_SPECIFIC).map((value) => value.toString('latin1').slice(6))).toEqual([
      'a=b',
      'vpn',
      'mail',
    ]);
    await nas.close();
  });
});
