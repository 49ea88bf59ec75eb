import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';

import { ScriptedHomeServer } from '../support/home-server.ts';
import type { Nas } from '../support/nas.ts';
import { phoneShows, TOKEN_SECRET } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { openNas, PASSWORD, valuesOf, Visitor, type Reply } from '../whole/visitor.ts';
import { makeFolder } from './loopback.ts';
import { describeWithPeers } from './presence.ts';
import { ldapSection, startSlapd, userDn, type Slapd } from './slapd.ts';

const FILTER_ID = 11;
// What the directory would take; the doors before it have passwords of their own.
const THEIRS = 'the-directory-is-not-asked';
const needs = ['slapd', 'slapadd', 'ldapmodify', 'openssl'] as const;

describeWithPeers(needs, 'a directory behind a door that checks the passwords', () => {
  const keep = stopAfterwards();
  let slapd: Slapd;
  let home: ScriptedHomeServer;
  let gate: Sallyport;
  let local: Nas;
  let radius: Nas;

  beforeAll(async () => {
    const users = ['alice', 'bob', 'carol'].map((uid) => {
      const attributes = { mail: `${uid}.mail@example.com`, mobile: '+45 20 12 34 56', givenName: uid.toUpperCase() };
      return { uid, password: THEIRS, attributes };
    });
    slapd = await keep(startSlapd({ users, groups: { staff: ['alice', 'bob'].map(userDn) } }));
    home = await keep(
      ScriptedHomeServer.start((packet) => (String(packet.password) === PASSWORD ? packet.accept() : packet.reject())),
    );
    const folder = await makeFolder('ldap');
    await writeFile(join(folder, 'ca.pem'), slapd.ca);
    const server = { address: home.address, port: home.port, secret: home.secret };
    gate = await keep(
      startSallyport({
        clients: [
          clientSection('vpn', '127.0.0.1', { primary: 'local', policy: 'default' }),
          clientSection('wifi', '127.0.0.2', { primary: 'nps', policy: 'default' }),
        ],
        primaries: {
          ad: ldapSection(slapd, folder),
          local: { type: 'local', directory: 'ad' },
          nps: { type: 'radius', servers: [server], directory: 'ad' },
        },
        policy: { reply: [{ when: { group: 'staff' }, attributes: { 'Filter-Id': 'staff' } }] },
      }),
    );
    await gate.enrol('alice', { password: PASSWORD, secret: TOKEN_SECRET });
    await gate.enrol('elsewhere', { password: PASSWORD, secret: TOKEN_SECRET });
    await gate.importTokens(['bob', 'carol'], TOKEN_SECRET);
    local = await openNas(gate);
    radius = await openNas(gate, { from: '127.0.0.2' });
  }, 120_000);

  async function login(nas: Nas, name: string, ...typed: readonly string[]): Promise<Reply> {
    const visitor = new Visitor(nas, name);
    let reply = await visitor.begin(typed[0] ?? '');
    for (const text of typed.slice(1)) reply = await visitor.answer(text);
    return reply;
  }

  const groupsOf = (reply: Reply): string[] => valuesOf(reply, FILTER_ID).map(String);

  it('names the users of the store, tells of their groups and phones, and checks no password of theirs', async () => {
    expect((await login(local, 'alice.mail@example.com', THEIRS)).code).toBe('Access-Reject');
    const reply = await login(local, String.raw`EXAMPLE\Alice`, PASSWORD, phoneShows());
    expect(reply.code).toBe('Access-Accept');
    expect(groupsOf(reply)).toEqual(['staff']);
    expect((await gate.events('alice'))[0]).toMatchObject({ firstName: 'ALICE', phone: '+4520123456', client: 'vpn' });
  });

  it('leaves users of the store alone whom it does not know', async () => {
    const reply = await login(local, 'elsewhere', PASSWORD, phoneShows());
    expect(reply.code).toBe('Access-Accept');
    expect(groupsOf(reply)).toEqual([]);
  });

  it('names the users of a home server, which is asked by the name that was typed', async () => {
    expect((await login(radius, 'bob.mail@example.com', THEIRS)).code).toBe('Access-Reject');
    const reply = await login(radius, 'bob.mail@example.com', PASSWORD, phoneShows());
    expect(reply.code).toBe('Access-Accept');
    expect(groupsOf(reply)).toEqual(['staff']);
    expect(home.asked.map(({ decoded }) => String(decoded.raw_attributes.find(([type]) => type === 1)?.[1]))).toEqual([
      'bob.mail@example.com',
      'bob.mail@example.com',
    ]);
    expect(groupsOf(await login(radius, 'carol', PASSWORD, phoneShows()))).toEqual([]);
    expect(slapd.binds()).not.toContain(userDn('bob'));
  });

  it('lets nobody in while it cannot say who that is', async () => {
    await slapd.kill();
    for (const nas of [local, radius]) expect((await login(nas, 'dora', PASSWORD)).code).toBe('Access-Reject');
    expect((await gate.events('dora')).map(({ reason }) => reason)).toEqual([
      'primary-unavailable',
      'primary-unavailable',
    ]);
    await slapd.restart();
  });
});
