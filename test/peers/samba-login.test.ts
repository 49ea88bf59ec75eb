import { beforeAll, expect, it } from 'vitest';

import type { Nas } from '../support/nas.ts';
import { phoneShows, TOKEN_SECRET } from '../support/phone.ts';
import { startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { openNas, valuesOf, Visitor } from '../whole/visitor.ts';
import { showLogOfFailures } from './failure-log.ts';
import { describeWithPeers } from './presence.ts';
import { startDomainController, type DomainController } from './samba.ts';

const PASSWORD = 'Wonder-land1';
const FILTER_ID = 11;

describeWithPeers(['root', 'samba', 'ldapsearch', 'openssl'], 'logins with Active Directory', () => {
  const keep = stopAfterwards();
  let dc: DomainController;
  let gate: Sallyport;
  let nas: Nas;

  beforeAll(async () => {
    dc = await keep(
      startDomainController({
        groups: [{ name: 'outer' }, { name: 'middle', memberOf: ['outer'] }, { name: 'inner', memberOf: ['middle'] }],
        users: [
          { name: 'alice', password: PASSWORD, memberOf: ['inner'] },
          ...['bob', 'dave'].map((name) => ({ name, password: PASSWORD })),
        ],
      }),
    );
    const account = { baseDn: dc.baseDn, bindDn: dc.service.dn, bindPassword: dc.service.password };
    const reply = ['Domain Users', 'outer', 'middle', 'others'].map((group) => ({
      when: { group },
      attributes: { 'Filter-Id': `as ${group}` },
    }));
    gate = await keep(
      startSallyport({
        // Every request asks the directory, which changes under it here.
        primaries: { ad: { type: 'ldap', urls: [dc.url], ca: dc.caFile, cacheSeconds: 0, ...account } },
        client: { primary: 'ad' },
        policy: { reply, lockout: { failures: 3, seconds: 900 } },
      }),
    );
    await gate.importTokens(['alice', 'bob', 'dave'], TOKEN_SECRET);
    nas = await openNas(gate);
  }, 180_000);
  showLogOfFailures(() => `${dc.log()}\n${gate.log()}`);

  async function say(user: string, ...typed: readonly string[]) {
    const visitor = new Visitor(nas, user);
    let reply = await visitor.begin(typed[0] ?? '');
    for (const text of typed.slice(1)) reply = await visitor.answer(text);
    return reply;
  }

  async function lastReason(user: string): Promise<string | undefined> {
    return (await gate.events(user))[0]?.reason;
  }

  async function names(): Promise<string[]> {
    const users = JSON.parse(await gate.mustRun(['user', 'list', '--json'])) as { name: string }[];
    return users.map(({ name }) => name).toSorted();
  }

  it('get the attributes of groups through groups, and of the primary group', async () => {
    const reply = await say('alice', PASSWORD, phoneShows());
    expect(reply.code).toBe('Access-Accept');
    expect(valuesOf(reply, FILTER_ID).map(String)).toEqual(['as Domain Users', 'as outer', 'as middle']);
  });

  it('are those of the same person, with their token, after they are renamed', async () => {
    await dc.put({ renames: { alice: 'alicia' } });
    expect((await say('alicia@example.test', PASSWORD)).message).toBe('Enter the passcode from your app or token.');
    // The passcode was spent under the old name; the next one is not.
    expect((await say('alicia', PASSWORD, phoneShows(TOKEN_SECRET, 1))).code).toBe('Access-Accept');
    expect(await names()).toEqual(['alicia', 'bob', 'dave']);
    expect((await say('alice', PASSWORD)).code).toBe('Access-Reject');
    expect(await lastReason('alice')).toBe('primary-rejected');
  });

  it('stay locked out after they are renamed', async () => {
    expect((await say('bob', PASSWORD)).code).toBe('Access-Challenge');
    for (const wrong of ['wrong-1', 'wrong-2', 'wrong-3']) await say('bob', wrong);
    await dc.put({ renames: { bob: 'robert' } });
    expect((await say('robert', PASSWORD)).code).toBe('Access-Reject');
    expect(await lastReason('robert')).toBe('locked-out');
  });

  it('give nobody the token of who had the name before', async () => {
    expect((await say('dave', PASSWORD)).code).toBe('Access-Challenge');
    await dc.put({ renames: { dave: 'david' }, users: [{ name: 'newcomer', password: PASSWORD }] });
    await dc.put({ renames: { newcomer: 'dave' } });
    expect((await say('dave', PASSWORD)).code).toBe('Access-Reject');
    expect(await lastReason('dave')).toBe('user-ambiguous');
    // Once the first has come back under the new name, the old one is free.
    expect((await say('david', PASSWORD)).code).toBe('Access-Challenge');
    expect((await say('dave', PASSWORD)).code).toBe('Access-Reject');
    expect(await lastReason('dave')).toBe('unenrolled');
  });

  it('end for who is disabled or expires in the directory, by their own reason', async () => {
    for (const [is, reason] of [
      ['disabled', 'account-disabled'],
      ['account-expired', 'account-expired'],
    ] as const) {
      const name = `gone-${is}`;
      await dc.put({ users: [{ name, password: PASSWORD, is }] });
      expect((await say(name, PASSWORD)).code).toBe('Access-Reject');
      expect(await lastReason(name)).toBe(reason);
    }
  });
});
