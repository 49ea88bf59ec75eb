import { beforeAll, expect, it } from 'vitest';

import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { sessionsOf } from '../support/store.ts';
import { APP, givePhone, promptOn, publicConsole } from '../whole/second-doors.ts';
import { enrolAll, PASSWORD } from '../whole/visitor.ts';
import { showLogOfFailures } from './failure-log.ts';
import { freeShortUdpPort } from './loopback.ts';
import { startOpenVpn, type OpenVpn } from './openvpn.ts';
import { describeWithPeers } from './presence.ts';

describeWithPeers(['root', 'openvpn', 'radiusplugin.so', 'openssl'], 'openvpn with openvpn-auth-radius', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let vpn: OpenVpn;

  beforeAll(async () => {
    gate = await keep(
      startSallyport({
        // The plugin reads four digits of a port, no more.
        port: await freeShortUdpPort(),
        serves: ['access', 'accounting'],
        clients: [
          clientSection('vpn', '127.0.0.1', {
            // The plugin sends no Message-Authenticator, and takes a challenge for a refusal.
            messageAuthenticator: 'when-present',
            challenge: false,
            timeoutSeconds: 15,
            accounting: 'here',
          }),
        ],
        sections: {
          policies: { default: { factors: ['push'] } },
          factors: { push: { app: APP, ttlSeconds: 12 } },
          console: await publicConsole(),
        },
      }),
    );
    vpn = await keep(startOpenVpn(gate));
  });
  showLogOfFailures(() => `${vpn.log()}\n${gate.log()}`);

  it('lets in once the phone has approved; its accounting begins and ends the session', async () => {
    await enrolAll(gate, 'ada');
    const phone = await givePhone(gate, 'ada');
    const client = await vpn.connect('ada', PASSWORD);
    const prompt = await promptOn(phone);
    expect(client.output).not.toContain('Initialization Sequence Completed');
    await phone.answer(prompt, { kind: 'approved' });
    await client.waitFor(/Initialization Sequence Completed/, { timeoutMs: 20_000 });
    expect((await gate.events('ada'))[0]).toMatchObject({ verdict: 'accept', factor: 'push' });
    const series = 'sallyport_accounting_requests_total{client="vpn",outcome="kept"}';
    await expect.poll(() => gate.metric(series), { timeout: 10_000 }).toBe(1);
    expect(await sessionsOf(gate.folder)).toMatchObject([{ client: 'vpn', username: 'ada', nasAddress: '127.0.0.1' }]);
    await client.stop();
    await expect.poll(() => gate.metric(series), { timeout: 10_000 }).toBe(2);
    expect(await sessionsOf(gate.folder)).toEqual([]);
  }, 60_000);

  it('refuses once the phone has denied', async () => {
    await enrolAll(gate, 'bob');
    const phone = await givePhone(gate, 'bob');
    const client = await vpn.connect('bob', PASSWORD);
    await phone.answer(await promptOn(phone), { kind: 'denied' });
    await client.waitFor(/AUTH_FAILED/, { timeoutMs: 20_000 });
    await client.stop();
    expect((await gate.events('bob'))[0]).toMatchObject({ reason: 'approval-denied' });
  }, 40_000);
});
