import { beforeAll, expect, it } from 'vitest';

import type { Primary } from '../../src/primary/index.ts';
import { passwordRequest } from '../contract/primary.ts';
import type { Section } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { openLdap } from './ldap-subject.ts';
import { freeTcpPort } from './loopback.ts';
import { describeWithPeers } from './presence.ts';
import { BASE_DN, ldifEntry, startSlapd, userDn, type Slapd } from './slapd.ts';

const PASSWORD = 'wonderland';
const needs = ['slapd', 'slapadd', 'ldapmodify', 'openssl'] as const;

describeWithPeers(needs, 'a directory that refers to another one, played by two slapd', () => {
  const keep = stopAfterwards();
  let main: Slapd;
  let branch: Slapd;

  beforeAll(async () => {
    const ports = { plain: await freeTcpPort(), tls: await freeTcpPort() };
    const user = (uid: string) => ({ uid, password: PASSWORD, attributes: { mail: `${uid}@example.com` } });
    branch = await keep(startSlapd({ ports, users: [user('zoe'), user('bob')] }));
    main = await keep(
      startSlapd({
        users: [user('alice'), user('bob')],
        ldif: ldifEntry(`ou=branch,${BASE_DN}`, {
          ...{ objectClass: ['referral', 'extensibleObject'], ou: 'branch' },
          ref: `ldaps://localhost:${ports.tls}/ou=people,${BASE_DN}`,
        }),
      }),
    );
  }, 60_000);

  // None of its own groups are asked for: this is about where a user stands.
  async function open(more: Section = {}): Promise<Primary> {
    const ca = main.ca + branch.ca;
    return keep(openLdap(main, { ca, referrals: true, groups: 'none', cacheSeconds: 0, ...more }));
  }

  async function login(primary: Primary, name: string, password = PASSWORD) {
    const found = await primary.find?.(name);
    const person = found?.kind === 'found' ? { person: found.person } : {};
    return primary.authenticate({ ...passwordRequest(name, password), ...person });
  }

  it('is followed: the user is found there, and binds there and nowhere else', async () => {
    const primary = await open();
    expect(await primary.find?.('zoe')).toMatchObject({ person: { name: 'zoe', dn: userDn('zoe') } });
    const [here, there] = [main.binds().length, branch.log().length];
    expect(await login(primary, 'zoe')).toMatchObject({ kind: 'accepted' });
    await branch.waitForLog(/BIND dn="uid=zoe,[^"]*" method=128/, there);
    expect(main.binds().slice(here)).not.toContain(userDn('zoe'));
    expect(await login(primary, 'zoe', 'wrong')).toMatchObject({ kind: 'rejected', reason: 'wrong-password' });
    expect(await login(primary, 'alice')).toMatchObject({ kind: 'accepted' });
  });

  it('makes nobody of whom both have', async () => {
    expect(await (await open()).find?.('bob')).toEqual({ kind: 'ambiguous' });
  });

  it('is not followed unless that is said', async () => {
    const [primary, before] = [await open({ referrals: false }), branch.log().length];
    expect(await primary.find?.('zoe')).toEqual({ kind: 'unknown' });
    expect(await login(primary, 'bob')).toMatchObject({ kind: 'accepted' });
    expect(branch.log().slice(before)).not.toContain('SRCH');
  });

  it('can say nothing while the other one is not who it says, or is down: nobody is unknown then', async () => {
    expect(await (await open({ ca: main.ca })).find?.('zoe')).toMatchObject({ kind: 'unavailable' });
    await branch.kill();
    const primary = await open();
    expect(await primary.find?.('zoe')).toMatchObject({ kind: 'unavailable' });
    expect(await login(primary, 'bob')).toMatchObject({ kind: 'unavailable' });
    await branch.restart();
    expect(await login(primary, 'zoe')).toMatchObject({ kind: 'accepted' });
  });
});
