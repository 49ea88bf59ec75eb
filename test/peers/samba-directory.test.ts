import { beforeAll, expect, it } from 'vitest';

import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { noMetrics } from '../../src/lib/metrics.ts';
import { createLdapPrimary, openDirectory, type Person, type Primary } from '../../src/primary/index.ts';
import { passwordRequest } from '../contract/primary.ts';
import type { Section } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { showLogOfFailures } from './failure-log.ts';
import { ldapConfig } from './ldap-subject.ts';
import { describeWithPeers } from './presence.ts';
import { startDomainController, type DomainController } from './samba.ts';

const PASSWORD = 'Wonder-land1';

const reasons = {
  expired: 'password-expired',
  'must-change': 'password-must-change',
  disabled: 'account-disabled',
  'account-expired': 'account-expired',
  'locked-out': 'account-locked',
  'outside-hours': 'logon-hours',
  elsewhere: 'workstation-denied',
} as const;
const states = Object.keys(reasons) as (keyof typeof reasons)[];

describeWithPeers(['root', 'samba', 'ldapsearch', 'openssl'], 'Active Directory, played by samba', () => {
  const keep = stopAfterwards();
  let dc: DomainController;

  beforeAll(async () => {
    dc = await keep(
      startDomainController({
        groups: [
          { name: 'everybody' },
          { name: 'outer' },
          { name: 'middle', memberOf: ['outer'] },
          { name: 'inner', memberOf: ['middle'] },
          { name: 'contractors', memberOf: ['outer'] },
          { name: 'Domain Users', memberOf: ['everybody'] },
        ],
        users: [
          { name: 'alice', password: PASSWORD, memberOf: ['inner'], attributes: { mail: 'Alice.Smith@example.org' } },
          { name: 'bob', password: PASSWORD, primaryGroup: 'contractors' },
          { name: 'carol', password: PASSWORD },
          ...states.map((is) => ({ name: is, password: PASSWORD, is })),
        ],
      }),
    );
  }, 180_000);
  showLogOfFailures(() => dc.log());

  const section = (more: Section = {}): Section => ({
    ...{ kind: 'active-directory', urls: [dc.url], ca: dc.ca, baseDn: dc.baseDn },
    ...{ bindDn: dc.service.dn, bindPassword: dc.service.password, ...more },
  });
  const deps = {
    ...{ clock: systemClock, logger: silentLogger, metrics: noMetrics },
    readPhone: (text: string) => Promise.resolve(text),
  };

  async function open(more: Section = {}): Promise<Primary> {
    const primary = await keep(createLdapPrimary({ name: 'ad', ...ldapConfig(section(more)) }, deps));
    await primary.start();
    return primary;
  }

  async function find(name: string, more: Section = {}): Promise<Person | undefined> {
    const found = await (await open(more)).find?.(name);
    return found?.kind === 'found' ? found.person : undefined;
  }

  async function groupsOf(name: string, more: Section = {}): Promise<string[] | undefined> {
    return (await find(name, more))?.groups.map((group) => group.name).toSorted();
  }

  it('knows one user by every spelling of every name', async () => {
    const alice = await find('alice');
    expect(alice).toMatchObject({ name: 'alice', dn: dc.dnOf('alice'), email: 'Alice.Smith@example.org' });
    expect(alice?.externalId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    for (const spelling of [
      ...['ALICE', String.raw`EXAMPLE\alice`, String.raw`example.test\Alice`],
      ...['alice@example.test', 'ALICE@EXAMPLE.TEST', 'alice.smith@EXAMPLE.org'],
    ])
      expect(await find(spelling), spelling).toEqual(alice);
    for (const spelling of [String.raw`OTHER\alice`, 'alice@other.test', 'alice@example.org'])
      expect(await find(spelling), spelling).toBeUndefined();
  });

  it('tells whose account is disabled', async () => {
    expect(await find('disabled')).toMatchObject({ name: 'disabled', isDisabled: true });
    expect(await find('alice')).not.toHaveProperty('isDisabled');
  });

  it('tells of groups through groups, the primary group and what that is in among them', async () => {
    const nested = ['Domain Users', 'Users', 'everybody', 'inner', 'middle', 'outer'];
    expect(await groupsOf('alice')).toEqual(nested);
    expect(await groupsOf('alice', { groups: 'walk' })).toEqual(nested);
    expect(await groupsOf('alice', { groups: 'memberOf' })).toEqual(['Domain Users', 'inner']);
    expect(await groupsOf('alice', { groups: 'none' })).toEqual([]);
    expect(await groupsOf('bob')).toEqual(['Domain Users', 'Users', 'contractors', 'everybody', 'outer']);
    expect(await groupsOf('carol', { groups: 'memberOf' })).toEqual(['Domain Users']);
  });

  it('tells of the primary group wherever it stands, as far as filter and base let groups count', async () => {
    const away = { baseDn: dc.dnOf('carol') };
    expect(await groupsOf('carol', { ...away, groups: 'memberOf' })).toEqual(['Domain Users']);
    expect(await groupsOf('carol', { ...away, groupBaseDn: dc.baseDn })).toContain('Domain Users');
    expect(await groupsOf('carol', away)).toEqual([]);
    expect(await groupsOf('carol', { groupFilter: '(cn=every*)' })).toEqual(['everybody']);
    await expect(find('carol', { maxGroups: 2 })).resolves.toBeUndefined();
  });

  it.each(states)('says why, when the password is right and the account is: %s', async (state) => {
    const primary = await open();
    expect(await primary.authenticate(passwordRequest(state, PASSWORD))).toMatchObject({ reason: reasons[state] });
    if (state === 'locked-out') return;
    const wrong = await primary.authenticate(passwordRequest(state, 'Looking-glass1'));
    expect(wrong).toMatchObject({ kind: 'rejected', reason: 'wrong-password' });
  });

  it('is taken over by a group, its nested ones and their primary members, without who is disabled', async () => {
    const names = async (group: string, more: Section = {}): Promise<string[]> => {
      const config = ldapConfig(section({ ...more, pageSize: 3, sync: { group: dc.dnOf(group) } }));
      const tools = await openDirectory({ name: 'ad', ...config }, deps);
      const kept: string[] = [];
      try {
        const keepAll = (people: readonly Person[]) => {
          kept.push(...people.map(({ name }) => name));
          return Promise.resolve(people.map(() => 'added' as const));
        };
        const store = { keepAll, listFrom: () => Promise.resolve([]), disableGone: () => Promise.resolve() };
        await tools.synchronise(store, { isDryRun: false, isForced: false });
      } finally {
        tools.close();
      }
      return kept.toSorted();
    };
    for (const groups of ['in-chain', 'walk', 'memberOf']) {
      expect(await names('outer', { groups }), groups).toEqual(['alice', 'bob']);
      const everybody = await names('everybody', { groups });
      expect(everybody, groups).toEqual(expect.arrayContaining(['alice', 'bob', 'carol', 'expired', 'sallyport']));
      expect(everybody, groups).not.toContain('disabled');
    }
    await expect(names('nowhere')).rejects.toThrow('does not exist');
  });
});
