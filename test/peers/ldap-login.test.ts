import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';

import { makeFolder } from './loopback.ts';
import { describeWithPeers } from './presence.ts';
import { groupDn, ldapSection, startSlapd, userDn, type Slapd } from './slapd.ts';
import type { Nas } from '../support/nas.ts';
import { phoneShows, TOKEN_SECRET, wrongPasscode } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { openNas, PASSWORD, Visitor } from '../whole/visitor.ts';

const person = (uid: string, attributes: Readonly<Record<string, string>> = {}) => ({
  ...{ uid, password: PASSWORD },
  attributes: { mail: `${uid}@example.com`, ...attributes },
});

describeWithPeers(['slapd', 'slapadd', 'ldapmodify', 'openssl'], 'logins with a directory', () => {
  const keep = stopAfterwards();
  let slapd: Slapd;
  let gate: Sallyport;
  let nas: Nas;
  let mallory: Nas;
  let folder: string;

  beforeAll(async () => {
    slapd = await keep(
      startSlapd({
        users: [
          person('alice', {
            mail: 'Alice.Smith@example.com',
            mobile: '+45 20 12 34 56',
            givenName: 'Alice',
            sn: 'Smith',
          }),
          person('bob'),
          person('cat'),
          person('dan'),
          person('mallory', { mail: 'bob@example.com' }),
        ],
        groups: { staff: [userDn('alice')] },
      }),
    );
    folder = await makeFolder('ldap');
    await writeFile(join(folder, 'ca.pem'), slapd.ca);
    gate = await keep(
      startSallyport({
        clients: [
          clientSection('vpn', '127.0.0.1', { primary: 'ad', policy: 'default' }),
          clientSection('rdg', '127.0.0.2', { primary: 'gateway', policy: 'default' }),
        ],
        primaries: { ad: ldapSection(slapd, folder), gateway: { type: 'none', directory: 'ad' } },
        policy: { lockout: { failures: 3, seconds: 900 } },
      }),
    );
    nas = await openNas(gate);
    mallory = await openNas(gate, { from: '127.0.0.2' });
    await gate.importTokens(['alice', 'cat'], TOKEN_SECRET);
  }, 120_000);

  it('take every spelling of a name for one user, and cost one bind each', async () => {
    const from = slapd.log().length;
    const alice = new Visitor(nas, String.raw`EXAMPLE\Alice`);
    expect(await alice.begin(PASSWORD)).toMatchObject({ code: 'Access-Challenge' });
    const passcode = phoneShows();
    expect(await alice.answer(passcode)).toMatchObject({ code: 'Access-Accept' });
    await slapd.waitForLog(/BIND dn="uid=alice,[^"]*" method=128/, from);
    expect(
      slapd
        .log()
        .slice(from)
        .match(/BIND dn="uid=alice,[^"]*" method=128/g),
    ).toHaveLength(1);
    for (const spelling of ['ALICE', 'alice@example.com', 'alice.smith@EXAMPLE.com']) {
      const visitor = new Visitor(nas, spelling);
      expect(await visitor.begin(PASSWORD), spelling).toMatchObject({ code: 'Access-Challenge' });
      // The passcode is spent, whatever the user is called.
      expect(await visitor.answer(passcode), spelling).not.toMatchObject({ code: 'Access-Accept' });
    }
    const events = await gate.events('alice');
    expect(new Set(events.map(({ username }) => username))).toEqual(new Set(['alice']));
    expect(events[0]).toMatchObject({ firstName: 'Alice', lastName: 'Smith', phone: '+4520123456' });
  });

  it('count wrong answers under every spelling for the one user', async () => {
    for (const spelling of ['cat', String.raw`example\CAT`, 'cat@example.com']) {
      expect(await new Visitor(nas, spelling).begin(`wrong for ${spelling}`)).toMatchObject({ code: 'Access-Reject' });
    }
    expect(await new Visitor(nas, 'Cat').begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
    expect((await gate.events('cat'))[0]).toMatchObject({ reason: 'locked-out' });
  });

  it('know nobody of another domain, and nobody whose mail address two have', async () => {
    for (const spelling of [String.raw`OTHER\alice`, 'alice@other.example']) {
      expect(await new Visitor(nas, spelling).begin(PASSWORD), spelling).toMatchObject({ code: 'Access-Reject' });
    }
    // mallory wrote bob's address into her own entry: it stays bob's, by his name.
    await new Visitor(nas, 'bob@example.com').begin(PASSWORD);
    expect((await gate.events('bob'))[0]).toMatchObject({ reason: 'unenrolled' });
    expect(await gate.events('mallory')).toEqual([]);
  });

  it('put who has passed the first door into the store, with what the directory says', async () => {
    await new Visitor(nas, 'dan').begin('wrong');
    const names = async () =>
      (JSON.parse(await gate.mustRun(['user', 'list', '--json'])) as { name: string }[]).map(({ name }) => name);
    expect(await names()).not.toContain('dan');
    await new Visitor(nas, 'DAN').begin(PASSWORD);
    expect(await names()).toContain('dan');
    await slapd.change(`dn: ${userDn('dan')}\nchangetype: modify\nreplace: mobile\nmobile: +45 20 65 43 21\n`);
    await gate.mustRun(['user', 'disable', 'dan']);
    expect(await new Visitor(nas, 'dan@example.com').begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
    expect((await gate.events('dan'))[0]).toMatchObject({ reason: 'user-disabled' });
  });

  it('behind a door that checks no password, name the user by the directory all the same', async () => {
    const visitor = new Visitor(mallory, String.raw`EXAMPLE\alice`);
    expect(await visitor.begin('unused')).toMatchObject({ code: 'Access-Challenge' });
    expect(await visitor.answer(wrongPasscode(1))).toMatchObject({ code: 'Access-Challenge' });
    expect((await gate.events('alice'))[0]).toMatchObject({ username: 'alice', client: 'rdg' });
    expect(groupDn('staff')).toContain('staff');
  });

  it('go by the groups of the directory, and the help desk reads and synchronises it', async () => {
    const ad = { ...ldapSection(slapd, folder), sync: { group: groupDn('staff'), everyMinutes: 60 } };
    const ruled = await keep(
      startSallyport({
        clients: [clientSection('vpn', '127.0.0.1', { primary: 'ad', policy: 'default' })],
        primaries: { ad },
        policy: {
          rules: [
            { when: { group: 'Staff' }, then: 'skip' },
            { when: { user: 'cat' }, then: 'deny' },
          ],
        },
      }),
    );
    const there = await openNas(ruled);
    expect(await new Visitor(there, 'alice@example.com').begin(PASSWORD)).toMatchObject({ code: 'Access-Accept' });
    expect((await ruled.events('alice'))[0]).toMatchObject({ reason: 'skipped-by-rule' });
    expect(await new Visitor(there, 'cat@example.com').begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
    expect((await ruled.events('cat'))[0]).toMatchObject({ reason: 'denied-by-rule' });
    await there.close();
    expect(JSON.parse(await ruled.mustRun(['directory', 'find', 'ALICE', '--json']))).toMatchObject([
      { directory: 'ad', lookup: { person: { name: 'alice', groups: [{ name: 'staff' }], phone: '+4520123456' } } },
    ]);
    expect(JSON.parse(await ruled.mustRun(['directory', 'sync', '--json']))).toMatchObject([{ isDone: true, read: 1 }]);
    expect(await ruled.mustRun(['check'])).toMatch(/✓ directory ad localhost:\d+: answers our account/);
  });

  it('are refused while the directory is down, and go on once it is back', async () => {
    await slapd.kill();
    expect(await new Visitor(nas, 'eve').begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
    expect(await new Visitor(nas, 'fay').begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
    expect((await gate.events('fay'))[0]).toMatchObject({ reason: 'primary-unavailable' });
    await gate.waitForLog(/a server of the directory is left aside/);
    await slapd.restart();
    await new Visitor(nas, 'bob').begin(PASSWORD);
    await gate.waitForLog(/a server of the directory is back/);
    expect((await gate.events('bob'))[0]).toMatchObject({ reason: 'unenrolled' });
  });
});
