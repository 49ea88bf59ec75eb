import { beforeAll, expect, it } from 'vitest';

import { AccountingNas } from '../support/accounting-nas.ts';
import { acceptAll, ScriptedHomeServer } from '../support/home-server.ts';
import { Nas } from '../support/nas.ts';
import { phoneShows } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { sessionsOf } from '../support/store.ts';
import { APP, freePort, givePhone, promptOn, publicConsole } from '../whole/second-doors.ts';
import { enrolAll, PASSWORD, Visitor } from '../whole/visitor.ts';
import { showLogOfFailures } from './failure-log.ts';
import { startFreeRadiusProxy, type FreeRadiusProxy } from './freeradius-proxy.ts';
import { describeWithPeers } from './presence.ts';
import { answerChallenge, askPassword, valueOf } from './radclient.ts';

const NAS_PROXY_STATE = 'Proxy-State = 0x6e61732d73746174652d31';

describeWithPeers(['freeradius', 'radclient'], 'FreeRADIUS in front, as a proxy for many NAS', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let proxy: FreeRadiusProxy;

  beforeAll(async () => {
    const home = await keep(ScriptedHomeServer.start(acceptAll));
    const disconnectPort = await freePort();
    const options = (port: number, secret = 'not known yet, and long enough') => ({
      alsoListen: ['127.0.0.1'],
      serves: ['access', 'accounting'],
      clients: [
        clientSection('front', '127.0.0.1', {
          primary: 'corp',
          accounting: 'here',
          disconnect: { port, secret },
        }),
      ],
      // No password is hashed here: that is not what takes time.
      primaries: {
        corp: { type: 'radius', servers: [{ address: home.address, port: home.port, secret: home.secret }] },
      },
      sections: {
        policies: { default: { factors: ['totp', 'push'] } },
        factors: { push: { app: APP, ttlSeconds: 20, numberMatching: false } },
        console: consoleSection,
      },
    });
    const consoleSection = await publicConsole();
    gate = await keep(startSallyport(options(disconnectPort)));
    proxy = await keep(startFreeRadiusProxy({ ...gate, accountingPort: gate.otherPorts[0]! }));
    await gate.rewrite(options(proxy.disconnectPort, proxy.secret));
    gate.signal('SIGHUP');
    await gate.waitForLog(/"msg":"configuration read again"/);
  });
  showLogOfFailures(() => `${proxy.log()}\n${gate.log()}`);

  it('lets in by passcode through a challenge, and gives each NAS its own Proxy-State', async () => {
    await enrolAll(gate, 'ada');
    const asked = await askPassword(proxy, 'ada', PASSWORD, [NAS_PROXY_STATE]);
    expect(asked.code).toBe('Access-Challenge');
    expect(valueOf(asked, 'Proxy-State')).toBe('0x6e61732d73746174652d31');
    const accepted = await answerChallenge(proxy, asked, 'ada', phoneShows(), [NAS_PROXY_STATE]);
    expect(accepted.code).toBe('Access-Accept');
    expect(valueOf(accepted, 'Proxy-State')).toBe('0x6e61732d73746174652d31');
    expect(proxy.log()).toMatch(/Sent Access-Request Id \d+ from [\s\S]*Proxy-State = /);
  });

  it('waits for a push; what the NAS sends again meanwhile asks nobody twice', async () => {
    await enrolAll(gate, 'bob');
    const phone = await givePhone(gate, 'bob');
    const held = askPassword({ ...proxy, timeoutSeconds: 2, attempts: 8 }, 'bob', `${PASSWORD},push`);
    await phone.answer(await promptOn(phone), { kind: 'approved' });
    expect((await held).code).toBe('Access-Accept');
    expect((await gate.events('bob')).map(({ factor }) => factor)).toEqual(['push']);
    expect(await phone.prompts()).toEqual([]);
  });

  it('keeps apart more logins than there are identifiers, all from one port', async () => {
    const names = Array.from({ length: 26 }, (_, index) => `many-${index}`);
    await enrolAll(gate, ...names);
    const nases = await Promise.all(names.map(() => Nas.open({ secret: proxy.secret, port: proxy.port })));
    for (let round = 0; round < 10; round += 1) {
      const station = [31, Buffer.from(`station-${round}`)] as const;
      const replies = await Promise.all(
        names.map((name, index) => new Visitor(nases[index]!, name).begin(PASSWORD, [station])),
      );
      expect(new Set(replies.map(({ code }) => code))).toEqual(new Set(['Access-Challenge']));
    }
    await Promise.all(nases.map((nas) => nas.close()));
  }, 60_000);

  it('relays accounting; the sessions it tells of are ended at its port for disconnects', async () => {
    const nas = await keep(AccountingNas.open({ secret: proxy.secret, port: proxy.accountingPort }));
    for (const sessionId of ['known', 'unknown']) {
      const reply = await nas.exchange(
        nas.encode([
          ['User-Name', 'cat'],
          ['Acct-Status-Type', 'Start'],
          ['Acct-Session-Id', sessionId],
          ['NAS-IP-Address', '192.0.2.1'],
        ]),
      );
      expect(reply.code).toBe('Accounting-Response');
    }
    expect(await sessionsOf(gate.folder)).toHaveLength(2);
    const rows = JSON.parse(await gate.mustRun(['disconnect', 'cat', '--json'])) as { session: string }[];
    const outcomes = Object.fromEntries(rows.map((row) => [row.session, (row as { outcome?: string }).outcome]));
    expect(outcomes).toEqual({ known: 'ended', unknown: 'had ended already' });
    expect(proxy.log()).toContain('Received Disconnect-Request');
    expect(await sessionsOf(gate.folder)).toEqual([]);
  });
});
