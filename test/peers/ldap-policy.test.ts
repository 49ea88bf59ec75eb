import { beforeAll, expect, it } from 'vitest';

import type { Primary } from '../../src/primary/index.ts';
import { passwordRequest } from '../contract/primary.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { openLdap } from './ldap-subject.ts';
import { describeWithPeers } from './presence.ts';
import { BASE_DN, ldifEntry, startSlapd, userDn, userLdif, type Slapd } from './slapd.ts';

const PASSWORD = 'wonderland';
const WRONG = 'looking-glass';
const POLICY_DN = `cn=policy,${BASE_DN}`;
const needs = ['slapd', 'slapadd', 'ldapmodify', 'openssl'] as const;

describeWithPeers(needs, 'a password policy of OpenLDAP', () => {
  const keep = stopAfterwards();
  let slapd: Slapd;
  let primary: Primary;

  beforeAll(async () => {
    const config = `moduleload ppolicy\noverlay ppolicy\nppolicy_default "${POLICY_DN}"\nppolicy_use_lockout\n`;
    const ldif = ldifEntry(POLICY_DN, {
      ...{ objectClass: ['organizationalRole', 'pwdPolicy'], cn: 'policy', pwdAttribute: 'userPassword' },
      ...{ pwdLockout: 'TRUE', pwdMaxFailure: '2', pwdMustChange: 'TRUE', pwdMaxAge: '86400' },
    });
    slapd = await keep(startSlapd({ config, ldif }));
    await slapd.change(
      ['alice', 'locked', 'reset', 'old'].map((uid) => userLdif({ uid, password: PASSWORD })).join(''),
    );
    await slapd.change(`dn: ${userDn('reset')}\nchangetype: modify\nreplace: pwdReset\npwdReset: TRUE\n`);
    primary = await keep(openLdap(slapd, { groups: 'none' }));
  }, 60_000);

  const login = (name: string, password = PASSWORD) => primary.authenticate(passwordRequest(name, password));

  it('has nothing against a right password, and says nothing of a wrong one', async () => {
    expect(await login('alice')).toMatchObject({ kind: 'accepted' });
    expect(await login('alice', WRONG)).toMatchObject({ reason: 'wrong-password' });
  });

  it('lets nobody in with a password that was reset: it has to be changed', async () => {
    expect(await login('reset')).toMatchObject({ kind: 'rejected', reason: 'password-must-change' });
    expect(await login('reset', WRONG)).toMatchObject({ reason: 'wrong-password' });
  });

  it('says who is locked out', async () => {
    for (let time = 0; time < 2; time += 1) expect(await login('locked', WRONG)).toMatchObject({ kind: 'rejected' });
    expect(await login('locked')).toMatchObject({ kind: 'rejected', reason: 'account-locked' });
  });

  it('says whose password has expired, to who knows it', async () => {
    await slapd.change(`dn: ${POLICY_DN}\nchangetype: modify\nreplace: pwdMaxAge\npwdMaxAge: 1\n`);
    let said = await login('old');
    while (said.kind === 'accepted') said = await login('old');
    expect(said).toMatchObject({ kind: 'rejected', reason: 'password-expired' });
    expect(await login('old', WRONG)).toMatchObject({ reason: 'wrong-password' });
  });
});
