import { beforeAll, expect, it } from 'vitest';

import { stopAfterwards } from '../support/stop-afterwards.ts';
import { showLogOfFailures } from './failure-log.ts';
import { startFreeRadius, type FreeRadius } from './freeradius.ts';
import { startOcserv, type Ocserv } from './ocserv.ts';
import { createPamService, type PamService } from './pam.ts';
import { describeWithPeers } from './presence.ts';
import { answerChallenge, askPassword, sendRequest } from './radclient.ts';

const attributes = [
  'Class = 0x6869',
  'Filter-Id = "staff"',
  'Filter-Id = "second"',
  'Cisco-AVPair = "shell:priv-lvl=15"',
  'Tunnel-Type:1 = VLAN',
  'Tunnel-Password:1 = "tunnelsecret"',
  'MS-MPPE-Send-Key = 0x00112233445566778899aabbccddeeff',
  'MS-MPPE-Recv-Key = 0xffeeddccbbaa99887766554433221100',
];

describeWithPeers(['freeradius', 'radclient'], 'FreeRADIUS as a home server, radclient as a NAS', () => {
  const keep = stopAfterwards();
  let home: FreeRadius;
  beforeAll(async () => {
    home = await keep(
      startFreeRadius({
        users: [
          { name: 'alice', password: 'wonder"land%\\', attributes, refusal: 'Not today' },
          { name: 'bob', password: 'first', attributes, challenge: { message: 'Say second', answer: 'second' } },
        ],
      }),
    );
  });
  showLogOfFailures(() => home.log());

  it('accepts with every attribute, hidden ones included', async () => {
    const answer = await askPassword(home, 'alice', 'wonder"land%\\');
    expect(answer).toMatchObject({ code: 'Access-Accept', attributes, isSigned: true });
  });

  it('rejects with its message', async () => {
    const answer = await askPassword(home, 'alice', 'wrong');
    expect(answer).toMatchObject({
      code: 'Access-Reject',
      attributes: ['Reply-Message = "Not today"'],
      isSigned: true,
    });
  });

  it('asks a question of its own', async () => {
    const asked = await askPassword(home, 'bob', 'first');
    expect(asked.code).toBe('Access-Challenge');
    expect((await answerChallenge(home, asked, 'bob', 'second')).attributes).toEqual(attributes);
    expect((await answerChallenge(home, asked, 'bob', 'first')).code).toBe('Access-Reject');
  });

  it('answers Status-Server', async () => {
    const answer = await sendRequest(home, [], 'status');
    expect(answer).toMatchObject({ code: 'Access-Accept', isSigned: true });
  });

  it('tells what it received', async () => {
    await askPassword(home, 'carol', 'unknown');
    expect(home.requests().at(-1)?.attributes).toContain('User-Password = "unknown"');
  });
});

const password = { shown: /Password: ?/, typed: 'first' };

describeWithPeers(
  ['root', 'freeradius', 'pamtester', 'pam_radius_auth.so', 'ocserv', 'openconnect', 'openssl'],
  'users at a terminal',
  () => {
    const keep = stopAfterwards();
    let home: FreeRadius;
    let pam: PamService;
    let vpn: Ocserv;
    beforeAll(async () => {
      const challenge = { message: 'Say second', answer: 'second' };
      home = await keep(startFreeRadius({ users: [{ name: 'bob', password: 'first', challenge }] }));
      pam = await keep(createPamService(home));
      vpn = await keep(startOcserv(home));
    });
    showLogOfFailures(() => home.log() + vpn.log());

    it('shows a challenge through pamtester', async () => {
      const asked = { shown: /Say second/, typed: 'second' };
      expect(await pam.logIn('bob', [password, asked])).toMatchObject({ isLoggedIn: true });
      expect(await pam.logIn('bob', [password, { ...asked, typed: 'third' }])).toMatchObject({ isLoggedIn: false });
    });

    it('shows a challenge through ocserv and openconnect', async () => {
      const asked = { shown: /Say second\s+Password1:/, typed: 'second' };
      expect(await vpn.logIn('bob', [password, asked])).toMatchObject({ isLoggedIn: true });
    });
  },
);
