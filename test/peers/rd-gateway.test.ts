import { beforeAll, expect, it } from 'vitest';

import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { APP, givePhone, promptOn, publicConsole } from '../whole/second-doors.ts';
import { enrolAll } from '../whole/visitor.ts';
import { showLogOfFailures } from './failure-log.ts';
import { homeServerSection, startFreeRadius, type FreeRadius } from './freeradius.ts';
import { describeWithPeers } from './presence.ts';
import { sendRequest } from './radclient.ts';

// As FreeRADIUS and radclient print them; 311/63 is MS-RDG-Device-Redirection.
const granted = ['Class = 0x7374616666', 'MS-TSG-Device-Redirection = 3', 'Session-Timeout = 3600'];
const asked = [
  'NAS-Port-Type = Virtual',
  'Called-Station-Id = "UserAuthType:PW"',
  'MS-Network-Access-Server-Type = Terminal-Server-Gateway',
  'MS-Machine-Name = "LAPTOP-7"',
];

describeWithPeers(['freeradius', 'radclient'], 'with FreeRADIUS in the place of the NPS behind an RD Gateway', () => {
  const keep = stopAfterwards();
  let nps: FreeRadius;
  let gate: Sallyport;

  beforeAll(async () => {
    const users = [{ name: 'ada', password: undefined, attributes: granted }];
    nps = await keep(startFreeRadius({ users, requiresMessageAuthenticator: true }));
    gate = await keep(
      startSallyport({
        clients: [clientSection('rdg', '127.0.0.1', { profile: 'rd-gateway', primary: 'nps', policy: 'taps' })],
        primaries: { nps: { type: 'radius', servers: [homeServerSection(nps)] } },
        sections: {
          policies: { default: { factors: ['totp'] }, taps: { factors: ['push'] } },
          factors: { push: { app: APP } },
          console: await publicConsole(),
        },
      }),
    );
    await enrolAll(gate, 'ada');
  });
  showLogOfFailures(() => `${nps.log()}\n${gate.log()}`);

  it('relays what it grants, device redirection too, and keeps our Proxy-State from the gateway', async () => {
    const phone = await givePhone(gate, 'ada');
    const login = { port: gate.port, secret: gate.secret, timeoutSeconds: 30 };
    const answer = sendRequest(login, ['User-Name = "ada"', ...asked, 'Proxy-State = 0x6e7073']);
    await phone.answer(await promptOn(phone), { kind: 'approved' });
    expect(await answer).toMatchObject({
      code: 'Access-Accept',
      attributes: [...granted, 'Proxy-State = 0x6e7073'],
      isSigned: true,
    });
    const [seen] = nps.requests();
    expect(seen?.attributes).toEqual(expect.arrayContaining(asked));
    expect(seen?.attributes.filter((attribute) => attribute.startsWith('Proxy-State'))).toHaveLength(1);
    expect(seen?.attributes).not.toContain('Proxy-State = 0x6e7073');
  });
});
