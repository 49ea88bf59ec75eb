import { beforeAll, expect, it } from 'vitest';

import type { AppPhone } from '../support/phones/app-phone.ts';
import type { Turn } from '../support/process.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import {
  addCallable,
  APP,
  givePhone,
  passcodeIn,
  promptOn,
  publicConsole,
  startTextCompany,
  textGateway,
  type TextCompany,
} from '../whole/second-doors.ts';
import { enrolAll, PASSWORD } from '../whole/visitor.ts';
import { showLogOfFailures } from './failure-log.ts';
import { startOcserv, type Ocserv } from './ocserv.ts';
import { createPamService, type PamService } from './pam.ts';
import { describeWithPeers } from './presence.ts';

const rightPassword: Turn = { shown: /Password: ?/, typed: PASSWORD };
// Neither libpam-radius-auth 2.0.0 nor radcli 1.2.11 sends a Message-Authenticator.
const unsigned = { messageAuthenticator: 'when-present' };

describeWithPeers(
  ['root', 'pamtester', 'pam_radius_auth.so', 'ocserv', 'openconnect', 'openssl'],
  'a user at a terminal with a phone',
  () => {
    const keep = stopAfterwards();
    let holding: Sallyport;
    let asking: Sallyport;
    let company: TextCompany;
    let pam: PamService;
    let vpn: Ocserv;
    let textVpn: Ocserv;

    beforeAll(async () => {
      company = await keep(startTextCompany());
      holding = await keep(
        startSallyport({
          clients: [clientSection('vpn', '127.0.0.1', { ...unsigned, challenge: false, timeoutSeconds: 11 })],
          sections: {
            policies: { default: { factors: ['push'] } },
            factors: { push: { app: APP, ttlSeconds: 10 } },
            console: await publicConsole(),
          },
        }),
      );
      asking = await keep(
        startSallyport({
          clients: [clientSection('vpn', '127.0.0.1', unsigned)],
          sections: {
            policies: { default: { factors: ['sms'] } },
            factors: { sms: { gateways: ['company'] } },
            gateways: { company: textGateway(company) },
            console: await publicConsole(),
          },
        }),
      );
      await addCallable(asking, { 'text-a': '+4520123401' }, []);
      pam = await keep(createPamService(holding));
      vpn = await keep(startOcserv(holding));
      textVpn = await keep(startOcserv(asking));
    });
    showLogOfFailures(() => `${vpn.log()}\n${textVpn.log()}\n${holding.log()}\n${asking.log()}`);

    async function phoneOf(user: string): Promise<AppPhone> {
      await enrolAll(holding, user);
      return givePhone(holding, user);
    }

    for (const [way, front] of [
      ['PAM', () => pam],
      ['a VPN of ocserv', () => vpn],
    ] as const) {
      const name = way === 'PAM' ? 'pam' : 'vpn';

      it(`is let in through ${way} once the phone has approved, and only then`, async () => {
        const phone = await phoneOf(`${name}-approves`);
        const session = front().logIn(`${name}-approves`, [rightPassword]);
        const prompt = await promptOn(phone);
        const early = await Promise.race([session, Promise.resolve('waits')]);
        expect(early).toBe('waits');
        await phone.answer(prompt, { kind: 'approved' });
        expect(await session).toMatchObject({ isLoggedIn: true });
        expect((await holding.events(`${name}-approves`)).map(({ verdict, factor }) => [verdict, factor])).toEqual([
          ['accept', 'push'],
        ]);
      });

      it(`is refused by ${way} once the phone has denied`, async () => {
        const phone = await phoneOf(`${name}-denies`);
        const session = front().logIn(`${name}-denies`, [rightPassword]);
        await phone.answer(await promptOn(phone), { kind: 'denied' });
        expect(await session).toMatchObject({ isLoggedIn: false });
        expect((await holding.events(`${name}-denies`))[0]).toMatchObject({ reason: 'approval-denied' });
      });
    }

    it('types the passcode of a text message into the box of a VPN of ocserv', async () => {
      const typesPasscode: Turn = {
        shown: /from the text message.*(\s+Password\d+:)?/,
        typed: async () => passcodeIn(await company.textAfter(0)),
      };
      expect(await textVpn.logIn('text-a', [rightPassword, typesPasscode])).toMatchObject({ isLoggedIn: true });
      expect(company.texts).toHaveLength(1);
      expect((await asking.events('text-a'))[0]).toMatchObject({ verdict: 'accept', factor: 'sms' });
    });
  },
);
