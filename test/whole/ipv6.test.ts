import { networkInterfaces } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';

import { AccountingNas } from '../support/accounting-nas.ts';
import { DisconnectableNas } from '../support/disconnectable-nas.ts';
import { acceptAll, ScriptedHomeServer, type Script } from '../support/home-server.ts';
import { phoneShows, TOKEN_SECRET } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { addCrowd, sessionsOf } from '../support/store.ts';
import { freePort } from './second-doors.ts';
import { enrolAll, openNas, PASSWORD, Visitor } from './visitor.ts';

const answers: Script = (packet) =>
  packet.code === 'Accounting-Request'
    ? packet.reply('Accounting-Response', [], { messageAuthenticator: false })
    : acceptAll(packet, 1);

// `fe80::…%eth0`, where this machine has one.
const linkLocal = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
  addresses.filter(({ address }) => address.startsWith('fe80:')).map(({ address }) => `${address}%${name}`),
)[0];

describe('over IPv6', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let home: ScriptedHomeServer;
  let nasPort: DisconnectableNas;

  beforeAll(async () => {
    home = await keep(ScriptedHomeServer.start(answers, { address: '::1' }));
    nasPort = await keep(DisconnectableNas.start('::1', 'the-clients-shared-secret'));
    const server = { address: '::1', port: home.port, accountingPort: home.port, secret: home.secret };
    gate = await keep(
      startSallyport({
        listen: '::',
        serves: ['access', 'accounting'],
        clients: [
          clientSection('six', '::1/128', {
            primary: 'corp',
            accounting: 'corp',
            disconnect: { port: nasPort.port },
          }),
          clientSection('four', '127.0.0.1'),
          clientSection('mapped', '::ffff:127.0.0.2'),
          clientSection('link', 'fe80::/10'),
        ],
        primaries: { corp: { type: 'radius', servers: [server], timeoutSeconds: 2 } },
        sections: { console: { address: '::1', port: await freePort() } },
      }),
    );
    await addCrowd(gate.folder, { names: ['ada'], secret: TOKEN_SECRET });
    await enrolAll(gate, 'bob', 'cat', 'dan');
  });

  async function logIn(user: string, address: string, from: string): Promise<string> {
    const nas = await openNas(gate, { address, from });
    const visitor = new Visitor(nas, user);
    await visitor.begin(PASSWORD, [[31, Buffer.from('2001:db8::7')]]);
    const { code } = await visitor.answer(phoneShows());
    await nas.close();
    return code;
  }

  it('a NAS logs in by a home server, and log and audit have the addresses as they are written', async () => {
    expect(await logIn('ada', '::1', '::1')).toBe('Access-Accept');
    expect(home.asked.at(-1)!.from.address).toBe('::1');
    expect((await gate.events('ada'))[0]).toMatchObject({ client: 'six', clientAddress: '::1' });
    const report = JSON.parse(await gate.mustRun(['report', '--json', '--user', 'ada'])) as { clientAddress: string }[];
    expect(report[0]).toMatchObject({ clientAddress: '::1' });
  });

  it('one socket answers clients of IPv4 too, known by either spelling and logged in the short one', async () => {
    expect(await logIn('bob', '127.0.0.1', '127.0.0.1')).toBe('Access-Accept');
    expect(await logIn('cat', '127.0.0.1', '127.0.0.2')).toBe('Access-Accept');
    expect((await gate.events('bob'))[0]).toMatchObject({ client: 'four', clientAddress: '127.0.0.1' });
    expect((await gate.events('cat'))[0]).toMatchObject({ client: 'mapped', clientAddress: '127.0.0.2' });
  });

  it.runIf(linkLocal !== undefined)('a NAS on the link is known by its prefix, whatever its zone', async () => {
    expect(await logIn('dan', linkLocal!, linkLocal!)).toBe('Access-Accept');
    expect((await gate.events('dan'))[0]).toMatchObject({ client: 'link', clientAddress: linkLocal });
  });

  it('the command line asks `[::1]:port`, and the console answers', async () => {
    const { status, stdout } = await gate.command(
      ['login', '--user', 'ada', '--server', `[::1]:${gate.port}`],
      `${PASSWORD},${phoneShows(TOKEN_SECRET, 1)}\n`,
    );
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('Access-Accept') as string });
    const line = gate.logLines().find((candidate) => 'listening' in candidate);
    const { address, port } = line!['console'] as { address: string; port: number };
    expect(address).toBe('::1');
    expect((await fetch(`http://[::1]:${port}/readyz`)).status).toBe(200);
  });

  it('accounting goes to the home server, and a session is ended at its NAS', async () => {
    const nas = await keep(AccountingNas.open({ secret: gate.secret, port: gate.port, address: '::1' }));
    const reply = await nas.exchange(
      nas.encode([
        ['User-Name', 'eve'],
        ['Acct-Status-Type', 'Start'],
        ['Acct-Session-Id', 'six-1'],
        [168, Buffer.from('20010db8000000000000000000000007', 'hex')],
      ]),
    );
    expect(reply.code).toBe('Accounting-Response');
    // What is relayed at once is kept in mind meanwhile: the answer does not wait for it.
    const known = { nasAddress: '::1', framedAddress: '2001:db8::7' };
    await expect.poll(() => sessionsOf(gate.folder)).toMatchObject([known]);
    expect(await gate.mustRun(['disconnect', 'eve'])).toContain('ended');
    expect(nasPort.seen[0]).toMatchObject({ isAuthentic: true });
  });
});
