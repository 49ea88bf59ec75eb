import { beforeAll, expect, it } from 'vitest';

import type { AppPhone } from '../support/phones/app-phone.ts';
import { startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { APP, givePhone, promptOn, publicConsole } from '../whole/second-doors.ts';
import { showLogOfFailures } from './failure-log.ts';
import { homeServerSection, startFreeRadius, type FreeRadius } from './freeradius.ts';
import { describeWithPeers } from './presence.ts';
import { startVpn, type Vpn } from './strongswan.ts';

const password = 'correct horse';

describeWithPeers(
  ['freeradius', 'charon-systemd', 'swanctl', 'ip', 'openssl', 'root'],
  'IKEv2 with strongSwan as the NAS',
  () => {
    const keep = stopAfterwards();
    let home: FreeRadius;
    let gate: Sallyport;
    let vpn: Vpn;
    let phone: AppPhone;

    beforeAll(async () => {
      home = await keep(startFreeRadius({ users: [{ name: 'alice', password }], eap: { namesInner: true } }));
      gate = await keep(
        startSallyport({
          client: { primary: 'corp', profile: 'strongswan', policy: 'push' },
          primaries: { corp: { type: 'radius', servers: [homeServerSection(home)], timeoutSeconds: 1 } },
          sections: {
            policies: { push: { factors: ['push'] } },
            factors: { push: { app: APP } },
            console: await publicConsole(),
          },
        }),
      );
      await gate.mustRun(['user', 'add', 'alice', '--no-password']);
      phone = await givePhone(gate, 'alice');
      vpn = await keep(startVpn(gate));
    });
    showLogOfFailures(() => `${vpn.log()}\n${home.log().slice(-20_000)}\n${gate.log()}`);

    it('gives the device an address once the push is approved: both sides have the same keys', async () => {
      const dialling = vpn.dial('alice', password);
      await phone.answer(await promptOn(phone), { kind: 'approved' });
      const { isIn, transcript } = await dialling;
      expect(isIn, transcript).toBe(true);
      expect(await vpn.addresses()).toMatch(/198\.51\.100\.1[7-9]/);
      expect((await gate.events('alice'))[0]).toMatchObject({ verdict: 'accept', factor: 'push' });
      await vpn.hangUp();
    });

    it('gives none where it is denied', async () => {
      const dialling = vpn.dial('alice', password);
      await phone.answer(await promptOn(phone), { kind: 'denied' });
      expect(await dialling).toMatchObject({ isIn: false });
      expect((await gate.events('alice'))[0]).toMatchObject({ reason: 'approval-denied' });
    });
  },
);
