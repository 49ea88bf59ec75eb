import { afterAll, beforeAll, expect, it } from 'vitest';
import { Authority } from '../support/authority.ts';
import { startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { showLogOfFailures } from './failure-log.ts';
import { startFreeRadius, type FreeRadius } from './freeradius.ts';
import { freeUdpPort } from './loopback.ts';
import { describeWithPeers } from './presence.ts';
import { sendRequest } from './radclient.ts';
import { startRadsecproxy, type Radsecproxy } from './radsecproxy.ts';

const password = 'correct horse, bättery';
const attributes = [
  'Filter-Id = "staff"',
  'Tunnel-Password:1 = "a tunnel\'s password of more than sixteen octets"',
  'MS-MPPE-Send-Key = 0x00112233445566778899aabbccddeeff',
];

describeWithPeers(
  ['freeradius', 'radclient', 'radsecproxy', 'openssl'],
  'between two radsecproxies, over TLS on both sides',
  () => {
    const keep = stopAfterwards();
    const authority = new Authority();
    const gatePapers = authority.issue('/CN=gate', { san: 'DNS:gate.example.com' });
    let home: FreeRadius;
    let behind: Radsecproxy;
    let front: Radsecproxy;
    let gate: Sallyport;

    beforeAll(async () => {
      const accountingPort = await freeUdpPort();
      home = await keep(startFreeRadius({ users: [{ name: 'alice', password, attributes }], accountingPort }));
      behind = await keep(
        startRadsecproxy({
          authority,
          papers: authority.issue('/CN=behind', { san: 'DNS:behind.example.com' }),
          place: 'behind',
          secret: home.secret,
          nextPort: home.port,
          nextAccountingPort: accountingPort,
        }),
      );
      const files = { cert: gatePapers.certFile, key: gatePapers.keyFile };
      const server = { protocol: 'radsec', address: '127.0.0.1', port: behind.port, ca: authority.caFile, ...files };
      gate = await keep(
        startSallyport({
          clients: [
            {
              name: 'front',
              certificate: { commonName: 'front' },
              primary: 'corp',
              accounting: 'corp',
              policy: 'open',
              rejectDelaySeconds: 0,
            },
          ],
          primaries: { corp: { type: 'radius', servers: [{ ...server, serverName: 'behind.example.com' }] } },
          sections: {
            policies: { open: { factors: [] } },
            server: {
              id: 'gate-1',
              dataDir: './data',
              listen: [{ protocol: 'radsec', address: '127.0.0.1', port: 0, ...files, clientCa: authority.caFile }],
            },
            log: { level: 'debug', format: 'json' },
          },
        }),
      );
      front = await keep(
        startRadsecproxy({
          authority,
          papers: authority.issue('/CN=front'),
          place: 'front',
          secret: 'between-radclient-and-front',
          nextPort: gate.port,
        }),
      );
    });
    afterAll(() => authority.remove());
    showLogOfFailures(() => [front.log(), gate.log(), behind.log(), home.log()].join('\n---\n'));

    const logIn = (typed: string) =>
      sendRequest({ port: front.port, secret: 'between-radclient-and-front', timeoutSeconds: 10 }, [
        'User-Name = "alice"',
        `User-Password = "${typed}"`,
      ]);

    it('brings the login there and what it grants back, keys and all', async () => {
      await gate.waitForLog(/a client has connected/);
      const answer = await logIn(password);
      expect(answer.code).toBe('Access-Accept');
      expect(answer.attributes).toEqual(expect.arrayContaining(attributes));
    });

    it('brings a refusal back', async () => {
      expect((await logIn('wrong')).code).toBe('Access-Reject');
    });

    it('brings accounting there, and the answer back', async () => {
      const told = ['User-Name = "alice"', 'Acct-Status-Type = Start', 'Acct-Session-Id = "s-1"'];
      const options = { port: front.port, secret: 'between-radclient-and-front', timeoutSeconds: 10, signs: false };
      expect((await sendRequest(options, told, 'acct')).code).toBe('Accounting-Response');
      const asked = home.requests().filter(({ code }) => code === 'Accounting-Request');
      expect(asked).toHaveLength(1);
      expect(asked[0]!.attributes).toEqual(expect.arrayContaining(told));
    });
  },
);
