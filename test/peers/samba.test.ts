import { beforeAll, expect, it } from 'vitest';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { showLogOfFailures } from './failure-log.ts';
import { describeWithPeers } from './presence.ts';
import { startDomainController, type AccountState, type DomainController } from './samba.ts';

const password = 'Wonder-land1';

const subCodes: Readonly<Record<AccountState, string>> = {
  expired: '532',
  'must-change': '773',
  disabled: '533',
  'account-expired': '701',
  'locked-out': '775',
  'outside-hours': '530',
  elsewhere: '531',
};
const states = Object.keys(subCodes) as AccountState[];

describeWithPeers(['root', 'samba', 'ldapsearch', 'openssl'], 'a domain controller of Active Directory', () => {
  const keep = stopAfterwards();
  let dc: DomainController;

  beforeAll(async () => {
    const users = states.map((is) => ({ name: is, password, is }));
    dc = await keep(startDomainController({ users: [{ name: 'alice', password }, ...users] }));
  }, 180_000);
  showLogOfFailures(() => dc.log());

  it('lets in who knows the password', async () => {
    expect(await dc.bind('alice', password)).toBeUndefined();
  });

  it.each(states)('says why, when the password is right and the account is: %s', async (state) => {
    expect(await dc.bind(state, password)).toContain(`AcceptSecurityContext error, data ${subCodes[state]},`);
  });

  it.each(states.filter((state) => state !== 'locked-out'))(
    'says nothing of the account when the password is wrong: %s',
    async (state) => {
      expect(await dc.bind(state, 'Looking-glass1')).toContain('data 52e,');
    },
  );

  it('says of who is locked out that they are, whatever the password', async () => {
    expect(await dc.bind('locked-out', 'Looking-glass1')).toContain('data 775,');
  });

  it('does not tell an unknown user from a wrong password', async () => {
    expect(await dc.bind('nobody-here', password)).toContain('data 52e,');
  });

  it('sees at once what is changed while it runs', async () => {
    await dc.put({ users: [{ name: 'alice', password: 'Through-the-glass2', is: 'must-change' }] });
    expect(await dc.bind('alice', 'Through-the-glass2')).toContain('data 773,');
  });
});
