import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { noMetrics } from '../../src/lib/metrics.ts';
import {
  openDirectory,
  type DirectoryTools,
  type Person,
  type PeopleKeeper,
  type Primary,
} from '../../src/primary/index.ts';
import { passwordRequest } from '../contract/primary.ts';
import { makeCertificate } from '../support/certificate.ts';
import type { Section } from '../support/sallyport.ts';
import { ldapConfig, openLdap } from './ldap-subject.ts';
import { freeTcpPort } from './loopback.ts';
import { describeWithPeers } from './presence.ts';
import { BASE_DN, groupDn, ldifEntry, SERVICE, startSlapd, userDn, type Slapd } from './slapd.ts';

const PASSWORD = 'wonderland';
const crowd = Array.from({ length: 1050 }, (_, index) => ({ uid: `crowd-${index}` }));
const user = (uid: string, attributes: Readonly<Record<string, string | readonly string[]>> = {}) => ({
  ...{ uid, password: PASSWORD },
  attributes: { mail: `${uid}@example.com`, ...attributes },
});

/** A store that remembers. */
class Kept implements PeopleKeeper {
  readonly people = new Map<string, Person>();
  readonly disabled: number[] = [];
  readonly #before: Awaited<ReturnType<PeopleKeeper['listFrom']>>;

  constructor(...names: string[]) {
    this.#before = names.map((name, id) => ({ id, name, externalId: undefined, isGone: false }));
  }

  keepAll(people: readonly Person[]) {
    for (const person of people) this.people.set(person.name, person);
    return Promise.resolve(people.map(() => 'added' as const));
  }

  listFrom() {
    return Promise.resolve(this.#before);
  }

  disableGone(ids: readonly number[]) {
    this.disabled.push(...ids);
    return Promise.resolve();
  }
}

describeWithPeers(['slapd', 'slapadd', 'ldapmodify', 'openssl'], 'a directory, played by slapd', () => {
  let slapd: Slapd;
  let evilPort: number;
  let evil: Server;
  let visitors = 0;
  const opened: Primary[] = [];

  beforeAll(async () => {
    evilPort = await freeTcpPort();
    evil = createServer((socket) => {
      visitors += 1;
      socket.destroy();
    }).listen(evilPort, '127.0.0.1');
    await once(evil, 'listening');
    slapd = await startSlapd({
      users: [
        user('alice', { mobile: 'none', telephoneNumber: '+45 20 12 34 56', preferredLanguage: 'da, en;q=0.5' }),
        user('bob', { mail: 'shared@example.com' }),
        user('mallory', { mail: ['alice@example.com', 'shared@example.com', 'root'] }),
        user('odd (user)*'),
        user('comma, name'),
        ...crowd,
      ],
      groups: {
        staff: [userDn('alice')],
        'all, everybody': [groupDn('staff'), groupDn('loop')],
        loop: [groupDn('all, everybody')],
        crowd: crowd.slice(0, 700).map(({ uid }) => userDn(uid)),
      },
      ldif: ldifEntry(`ou=away,${BASE_DN}`, {
        ...{ objectClass: ['referral', 'extensibleObject'], ou: 'away' },
        ref: `ldap://127.0.0.1:${evilPort}/ou=people,${BASE_DN}`,
      }),
    });
  }, 120_000);

  afterEach(async () => {
    for (const primary of opened.splice(0)) await primary.stop();
  });

  afterAll(async () => {
    evil.close();
    await slapd.stop();
  });

  async function open(section: Section = {}): Promise<Primary> {
    const primary = await openLdap(slapd, section);
    opened.push(primary);
    return primary;
  }

  async function find(name: string, section: Section = {}) {
    return (await open(section)).find?.(name);
  }

  function tools(section: Section): Promise<DirectoryTools> {
    const where = { urls: [`ldaps://localhost:${slapd.ports.tls}`], ca: slapd.ca };
    const config = ldapConfig({ ...where, bindDn: SERVICE.dn, bindPassword: SERVICE.password, ...section });
    const readPhone = (text: string) => Promise.resolve(text);
    return openDirectory(
      { name: 'ad', ...config },
      { clock: systemClock, logger: silentLogger, metrics: noMetrics, readPhone },
    );
  }

  it('tells of a user: names, phone, language, what stays theirs, and groups through groups, once each', async () => {
    const found = await find('ALICE', { groups: 'walk' });
    expect(found).toMatchObject({
      kind: 'found',
      person: { name: 'alice', dn: userDn('alice'), source: 'ad', language: 'da' },
    });
    if (found?.kind !== 'found') return;
    expect(found.person.externalId).toMatch(/^[0-9a-f-]{36}$/);
    expect(found.person.groups.map(({ name }) => name).toSorted()).toEqual(['all, everybody', 'loop', 'staff']);
    const direct = await find('alice', { groups: 'memberOf' });
    expect(direct).toMatchObject({ person: { groups: [{ name: 'staff' }] } });
  });

  it('gives no part of the groups where there are more, or deeper ones, than the limits', async () => {
    for (const limit of [{ maxGroups: 1 }, { maxGroupDepth: 1 }]) {
      expect(await find('alice', { groups: 'walk', ...limit })).toMatchObject({ kind: 'unavailable' });
    }
  });

  it.each(['*', 'a*', 'alice)(uid=*', '*)(|(uid=*', String.raw`\2a`, 'alice)(|(mail=*', '(uid=alice)', 'ali\0ce'])(
    'finds nobody under %j, which is a filter elsewhere',
    async (name) => {
      expect(await find(name)).toEqual({ kind: 'unknown' });
    },
  );

  it('finds who has signs of filters and DNs in the name, and binds as them', async () => {
    for (const name of ['odd (user)*', 'comma, name']) {
      const primary = await open();
      expect(await primary.find?.(name), name).toMatchObject({ person: { name } });
      expect(await primary.authenticate(passwordRequest(name, PASSWORD)), name).toMatchObject({ kind: 'accepted' });
    }
  });

  it('keeps a name for who has it, whatever others write as their mail address', async () => {
    expect(await find('alice@example.com')).toMatchObject({ person: { name: 'alice' } });
    expect(await find('shared@example.com')).toEqual({ kind: 'ambiguous' });
    expect(await find('root')).toEqual({ kind: 'unknown' });
    expect(await find('alice@example.com', { upnSuffixes: [] })).toEqual({ kind: 'ambiguous' });
    expect(await find('alice@example.com', { upnSuffixes: [], loginByMail: false })).toEqual({ kind: 'unknown' });
  });

  it('binds by a template without a search, and nobody slips out of the template', async () => {
    const primary = await open({
      directBind: `uid={user},ou=people,${BASE_DN}`,
      bindDn: undefined,
      bindPassword: undefined,
    });
    const ask = async (name: string) => (await primary.authenticate(passwordRequest(name, PASSWORD))).kind;
    const from = slapd.log().length;
    expect(await ask(String.raw`EXAMPLE\alice`)).toBe('accepted');
    await slapd.waitForLog(/BIND dn="uid=alice,[^"]*" method=128/, from);
    expect(slapd.log().slice(from)).not.toContain('SRCH base');
    expect(await ask('comma, name')).toBe('accepted');
    for (const name of [`alice,ou=people,${BASE_DN}#`, 'x,ou=people+uid=alice', String.raw`OTHER\alice`, 'nobody']) {
      expect(await ask(name), name).toBe('rejected');
    }
  });

  it('binds by a template in one spelling alone: whom the directory takes for alice is no second user', async () => {
    const primary = await open({
      directBind: `uid={user},ou=people,${BASE_DN}`,
      bindDn: undefined,
      bindPassword: undefined,
    });
    for (const name of [
      'ａlice',
      'aliｃe',
      String.raw`EXAMPLE\ alice`,
      'alice @example.com',
      'comma,  name',
      'comma,\u00a0name',
    ]) {
      expect(await primary.find?.(name), name).toEqual({ kind: 'unknown' });
      expect(await primary.authenticate(passwordRequest(name, PASSWORD)), name).toMatchObject({ kind: 'rejected' });
    }
    expect(await primary.find?.('ALICE')).toMatchObject({ kind: 'found' });
  });

  it('is spoken to under StartTLS, and not at all where the certificate is not the one', async () => {
    const plain = { urls: [`ldap://localhost:${slapd.ports.plain}`], startTls: true };
    expect(await find('alice', plain)).toMatchObject({ kind: 'found' });
    const other = makeCertificate().cert;
    for (const wrong of [{ ca: other }, { serverName: 'dc1.example.com' }]) {
      const before = slapd.binds().length;
      for (const how of [{}, plain]) {
        expect(await find('alice', { ...how, ...wrong })).toMatchObject({
          kind: 'unavailable',
          cause: expect.stringContaining('TLS failed') as string,
        });
      }
      expect(slapd.binds().slice(before)).toEqual([]);
    }
  });

  it('leads nobody to a host that the configuration does not name', async () => {
    expect(await find('alice')).toMatchObject({ kind: 'found' });
    expect(await find('nobody', { referrals: true, referralHosts: ['dc9.example.com'] })).toEqual({ kind: 'unknown' });
    expect(visitors).toBe(0);
  });

  it('is left for the next server while it says nothing, in the time it has', async () => {
    const silent: Socket[] = [];
    const frozen = createServer((socket) => silent.push(socket)).listen(0, '127.0.0.1');
    await once(frozen, 'listening');
    const address = frozen.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const urls = [`ldaps://localhost:${port}`, `ldaps://localhost:${slapd.ports.tls}`];
    const primary = await open({ urls, timeoutSeconds: 0.5, failures: 1 });
    expect(await primary.authenticate(passwordRequest('alice', PASSWORD))).toMatchObject({ kind: 'accepted' });
    // Left aside: the bind did not try it again.
    expect(silent).toHaveLength(1);
    for (const socket of silent) socket.destroy();
    frozen.close();
  });

  it('is given up when it answers without end', async () => {
    const entry = Buffer.from('300c020102640704037569643000', 'hex');
    const endless = createServer((socket) => {
      socket.on('error', () => undefined);
      const flood = Buffer.concat(Array.from({ length: 20_000 }, () => entry));
      const pour = (): void => {
        while (!socket.destroyed && socket.write(flood));
        if (!socket.destroyed) socket.once('drain', pour);
      };
      // The bind is answered, the search is not.
      socket.once('data', () => {
        socket.write(Buffer.from('300c02010161070a010004000400', 'hex'));
        socket.once('data', pour);
      });
    }).listen(0, '127.0.0.1');
    await once(endless, 'listening');
    const address = endless.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const found = await find('alice', { urls: [`ldap://localhost:${port}`], allowPlaintext: true, timeoutSeconds: 10 });
    expect(found).toMatchObject({ kind: 'unavailable', cause: expect.stringContaining('without end') as string });
    endless.close();
  });

  it('is read in pages to its end, and by a group of it', async () => {
    const everybody = await tools({ pageSize: 100, sync: {} });
    const store = new Kept('alice', 'gone');
    const report = await everybody.synchronise(store, { isDryRun: false, isForced: false });
    expect(report).toMatchObject({ read: crowd.length + 5, removed: ['gone'], isBraked: false });
    expect(store.people.size).toBe(crowd.length + 5);
    expect(store.disabled).toEqual([1]);
    everybody.close();
    const some = await tools({ pageSize: 300, sync: { group: groupDn('crowd') } });
    expect(await some.synchronise(new Kept(), { isDryRun: true, isForced: false })).toMatchObject({ read: 700 });
    some.close();
  });

  it('takes nobody away when too many would be, or when it cannot be read to its end', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `gone-${index}`);
    const braked = await tools({ sync: { filter: '(uid=alice)' } });
    const store = new Kept(...names);
    expect(await braked.synchronise(store, { isDryRun: false, isForced: false })).toMatchObject({ isBraked: true });
    expect(store.disabled).toEqual([]);
    expect(await braked.synchronise(store, { isDryRun: false, isForced: true })).toMatchObject({ isBraked: false });
    expect(store.disabled).toHaveLength(6);
    braked.close();
    const broken = await tools({ sync: { ou: `ou=nowhere,${BASE_DN}` } });
    const other = new Kept('gone');
    await expect(broken.synchronise(other, { isDryRun: false, isForced: true })).rejects.toThrow('does not exist');
    expect(other.disabled).toEqual([]);
    broken.close();
  });
});
