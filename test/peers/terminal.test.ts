import { beforeAll, expect, it } from 'vitest';

import type { Turn } from '../support/process.ts';
import { startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { showLogOfFailures } from './failure-log.ts';
import { startOcserv, type Ocserv } from './ocserv.ts';
import { createPamService, type PamService } from './pam.ts';
import { passcodeOnPhone } from './phone.ts';
import { describeWithPeers } from './presence.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

// What the terminal shows; openconnect numbers the passwords it asks for.
const asksPassword = /Password: ?/;
const asksPasscode = /Enter the passcode from your app or token\.(\s+Password\d+:)?/;
const asksAgain = /That passcode is wrong\. Enter the passcode from your app or token\.(\s+Password\d+:)?/;

const rightPassword: Turn = { shown: asksPassword, typed: 'wonderland' };
const rightPasscode: Turn = { shown: asksPasscode, typed: () => passcodeOnPhone(secret) };
const wrongPasscode: Turn = { shown: asksPasscode, typed: '00000000' };

describeWithPeers(
  ['root', 'pamtester', 'pam_radius_auth.so', 'ocserv', 'openconnect', 'openssl', 'oathtool'],
  'a user at a terminal',
  () => {
    const keep = stopAfterwards();
    let gate: Sallyport;
    let pam: PamService;
    let vpn: Ocserv;

    beforeAll(async () => {
      // Neither libpam-radius-auth 2.0.0 nor radcli 1.2.11 sends a Message-Authenticator.
      gate = await keep(startSallyport({ client: { messageAuthenticator: 'when-present' } }));
      for (const user of ['pam-a', 'pam-b', 'vpn-a', 'vpn-b'])
        await gate.enrol(user, { password: 'wonderland', secret });
      pam = await keep(createPamService(gate));
      vpn = await keep(startOcserv(gate));
    });
    showLogOfFailures(() => `${vpn.log()}\n${gate.log()}`);

    it('logs in through PAM with password and passcode', async () => {
      expect(await pam.logIn('pam-a', [rightPassword, rightPasscode])).toMatchObject({ isLoggedIn: true });
    });

    it('is asked again through PAM after a wrong passcode', async () => {
      const again = { ...rightPasscode, shown: asksAgain };
      expect(await pam.logIn('pam-b', [rightPassword, wrongPasscode, again])).toMatchObject({ isLoggedIn: true });
    });

    it('is refused by PAM with a wrong password, and not asked for a passcode', async () => {
      const session = await pam.logIn('pam-a', [{ ...rightPassword, typed: 'looking-glass' }]);
      expect(session.isLoggedIn).toBe(false);
      expect(session.transcript).not.toMatch(asksPasscode);
    });

    it('logs in to a VPN of ocserv with password and passcode', async () => {
      expect(await vpn.logIn('vpn-a', [rightPassword, rightPasscode])).toMatchObject({ isLoggedIn: true });
    });

    it('is asked again by ocserv after a wrong passcode', async () => {
      const again = { ...rightPasscode, shown: asksAgain };
      expect(await vpn.logIn('vpn-b', [rightPassword, wrongPasscode, again])).toMatchObject({ isLoggedIn: true });
    });

    it('is refused by ocserv with a wrong password, and not asked for a passcode', async () => {
      const session = await vpn.logIn('vpn-a', [{ ...rightPassword, typed: 'looking-glass' }]);
      expect(session.isLoggedIn).toBe(false);
      expect(session.transcript).not.toMatch(asksPasscode);
    });

    it('leaves its address in the authentication log when it came through the VPN', async () => {
      const events = JSON.parse(await gate.mustRun(['report', '--json', '--user', 'vpn-a'])) as {
        userAddress?: string;
      }[];
      expect(events.map(({ userAddress }) => userAddress)).toContain('127.0.0.1');
    });
  },
);
