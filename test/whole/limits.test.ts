import { createHmac } from 'node:crypto';
import type { RadiusAttribute } from 'radius';
import { beforeAll, describe, expect, it } from 'vitest';

import { AccountingNas } from '../support/accounting-nas.ts';
import type { Nas } from '../support/nas.ts';
import { phoneShows } from '../support/phone.ts';
import { startProvider, type ProviderRequest } from '../support/provider.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { APP, givePhone, promptOn, publicConsole } from './second-doors.ts';
import { enrolAll, openNas, PASSWORD, Visitor } from './visitor.ts';

const STATION = [[31, Buffer.from('192.0.2.7')]] as const;
const ELSEWHERE = [[31, Buffer.from('192.0.2.8')]] as const;
const ACCT_STATUS_TYPE = 40;
const ACCT_TERMINATE_CAUSE = 49;
const WEBHOOK_SECRET = 'the-key-that-alerts-are-signed-with';

const clients = {
  vpn: { policy: 'remembering', accounting: 'here' },
  other: { policy: 'remembering' },
  plain: { challenge: false, policy: 'pushes', timeoutSeconds: 20 },
  down: { primary: 'dead' },
} as const;
type ClientName = keyof typeof clients;
const names = Object.keys(clients) as ClientName[];

describe('the program', () => {
  const keep = stopAfterwards();
  const alerts: ProviderRequest[] = [];
  const waiting: (() => void)[] = [];
  let gate: Sallyport;

  beforeAll(async () => {
    const webhook = await startProvider((request) => {
      alerts.push(request);
      for (const wake of waiting.splice(0)) wake();
      // The first time it fails: it is told once more.
      return alerts.length === 1 ? { status: 500 } : { status: 204 };
    });
    await keep(Promise.resolve({ stop: () => webhook.close() }));
    gate = await keep(
      startSallyport({
        serves: ['access', 'accounting'],
        clients: names.map((name, index) => clientSection(name, `127.0.0.${index + 1}`, clients[name])),
        primaries: {
          dead: {
            type: 'radius',
            servers: [{ address: '127.0.0.1', port: 9, secret: 'a-secret-of-nobody-at-all' }],
            timeoutSeconds: 1,
            attempts: 1,
          },
        },
        sections: {
          policies: {
            default: { factors: ['totp'] },
            remembering: { factors: ['totp'], rememberHours: 8 },
            pushes: { factors: ['push', 'totp'] },
          },
          factors: { push: { app: APP }, fatigue: { unanswered: 2 } },
          limits: { perUserPerMinute: 30 },
          alerts: { webhook: { url: `${webhook.url}/fraud`, secret: WEBHOOK_SECRET } },
          console: await publicConsole(),
        },
      }),
    );
  });

  async function visitor(user: string, client: ClientName): Promise<Visitor> {
    const nas: Nas = await openNas(gate, { from: `127.0.0.${names.indexOf(client) + 1}` });
    await keep(Promise.resolve({ stop: () => nas.close() }));
    return new Visitor(nas, user);
  }
  const lastReason = async (user: string): Promise<string | undefined> => (await gate.events(user))[0]?.reason;

  it('remembers a login by client and station, shows it, and forgets it when it is told to', async () => {
    await enrolAll(gate, 'ada');
    const ada = await visitor('ada', 'vpn');
    expect((await ada.begin(`${PASSWORD},${phoneShows()}`, STATION)).code).toBe('Access-Accept');
    // The next request comes when the first is on disk: nothing is awaited but the program's own command.
    const listed = JSON.parse(await gate.mustRun(['remembered', 'list', 'ada', '--json'])) as unknown[];
    expect(listed).toMatchObject([{ user: 'ada', client: 'vpn', station: '192.0.2.7' }]);
    expect((await ada.begin(PASSWORD, STATION)).code).toBe('Access-Accept');
    expect(await lastReason('ada')).toBe('remembered');
    expect((await ada.begin(PASSWORD, ELSEWHERE)).code).toBe('Access-Challenge');
    expect((await ada.begin(PASSWORD)).code).toBe('Access-Challenge');
    expect((await (await visitor('ada', 'other')).begin(PASSWORD, STATION)).code).toBe('Access-Challenge');
    expect((await ada.begin('wrong', STATION)).code).toBe('Access-Reject');
    expect(await gate.mustRun(['remembered', 'revoke', 'ada'])).toContain('1 remembered login revoked');
    expect((await ada.begin(PASSWORD, STATION)).code).toBe('Access-Challenge');
  });

  it.each([
    ['forgets a login when the user logs out', 1, 'eva1', 'Access-Challenge'],
    ['forgets it also where the NAS names them with their domain', 6, 'CORP\\eva6', 'Access-Challenge'],
    ['remembers a login whose line broke', 2, 'eva2', 'Access-Accept'],
  ])('%s', async (_, cause, told, after) => {
    const name = `eva${cause}`;
    await enrolAll(gate, name);
    const eva = await visitor(name, 'vpn');
    expect((await eva.begin(`${PASSWORD},${phoneShows()}`, STATION)).code).toBe('Access-Accept');
    const nas = await keep(AccountingNas.open({ secret: gate.secret, port: gate.port, from: '127.0.0.1' }));
    const stop: RadiusAttribute[] = [
      [ACCT_STATUS_TYPE, Buffer.of(0, 0, 0, 2)],
      ['User-Name', told],
      ['Acct-Session-Id', 's-1'],
      [ACCT_TERMINATE_CAUSE, Buffer.of(0, 0, 0, cause)],
      ...STATION,
    ];
    expect((await nas.exchange(nas.encode(stop))).code).toBe('Accounting-Response');
    expect((await eva.begin(PASSWORD, STATION)).code).toBe(after);
  });

  it('refuses a wrong password that is sent again without asking for it again', async () => {
    await enrolAll(gate, 'bob');
    const bob = await visitor('bob', 'vpn');
    for (let time = 0; time < 8; time += 1) expect((await bob.begin('old')).code).toBe('Access-Reject');
    expect((await gate.events('bob')).map(({ reason }) => reason)).toEqual([
      ...Array<string>(7).fill('wrong-password-repeated'),
      'primary-rejected',
    ]);
    expect((await bob.begin(`${PASSWORD},${phoneShows()}`)).code).toBe('Access-Accept');
  });

  it('blocks a user who reports a fraud, tells the webhook, and lets them in when they are removed from the list', async () => {
    await enrolAll(gate, 'cat');
    const phone = await givePhone(gate, 'cat');
    const cat = await visitor('cat', 'plain');
    const held = cat.begin(PASSWORD, STATION);
    await phone.answer(await promptOn(phone), { kind: 'fraud-reported' });
    expect((await held).message).toContain('reported');
    expect((await cat.begin(`${PASSWORD},${phoneShows()}`)).message).toContain('blocked');
    expect(await lastReason('cat')).toBe('blocked');
    const [block] = JSON.parse(await gate.mustRun(['block', 'list', '--json'])) as Record<string, string>[];
    expect(block).toMatchObject({ user: 'cat', by: 'user' });
    while (alerts.length < 2) await new Promise<void>((resolve) => waiting.push(resolve));
    const [first, again] = alerts;
    expect(again?.body).toBe(first?.body);
    const signature = createHmac('sha256', WEBHOOK_SECRET).update(first!.body).digest('hex');
    expect(first?.headers['x-sallyport-signature']).toBe(`sha256=${signature}`);
    expect(JSON.parse(first!.body)).toMatchObject({ kind: 'fraud-reported', user: 'cat', station: '192.0.2.7' });
    expect(first?.body).not.toContain(PASSWORD);
    await gate.mustRun(['block', 'remove', 'cat']);
    expect((await cat.begin(`${PASSWORD},${phoneShows()}`)).code).toBe('Access-Accept');
  });

  it('asks a phone no more that nobody answers', async () => {
    await enrolAll(gate, 'dan');
    const phone = await givePhone(gate, 'dan');
    const dan = await visitor('dan', 'plain');
    for (let time = 0; time < 2; time += 1) {
      const held = dan.begin(PASSWORD, STATION);
      await phone.answer(await promptOn(phone), { kind: 'denied' });
      expect((await held).code).toBe('Access-Reject');
    }
    expect((await dan.begin(PASSWORD, STATION)).message).toContain('Several logins were not approved');
    expect(await lastReason('dan')).toBe('approvals-paused');
    expect(await phone.prompts()).toEqual([]);
    expect((await dan.begin(`${PASSWORD},${phoneShows()}`)).code).toBe('Access-Accept');
  });

  it('lets the second door decide alone when it is told so while it runs, until that is closed', async () => {
    await enrolAll(gate, 'eve');
    const eve = await visitor('eve', 'down');
    expect((await eve.begin('anything')).code).toBe('Access-Reject');
    expect(await lastReason('eve')).toBe('primary-unavailable');
    await gate.mustRun([
      'unavailable',
      'allow',
      '--minutes',
      '5',
      '--client',
      'down',
      '--reason',
      'the domain is down',
    ]);
    expect((await eve.begin('anything')).code).toBe('Access-Challenge');
    expect(await gate.metric('sallyport_unavailable_openings')).toBe(1);
    expect((await eve.answer(phoneShows())).code).toBe('Access-Accept');
    const [event] = await gate.events('eve');
    expect(event).toMatchObject({ verdict: 'accept', primaryPassedUnavailable: true, unavailableBy: 'command' });
    await gate.waitForLog(/"reason":"the domain is down".*unavailable: allow was opened/);
    expect(await gate.mustRun(['unavailable', 'close'])).toContain('Closed');
    expect((await eve.begin('anything')).code).toBe('Access-Reject');
  });

  it('rejects what is too much for one user, and goes on with others', async () => {
    await enrolAll(gate, 'fay', 'gus');
    const fay = await visitor('fay', 'other');
    let asked = 0;
    while ((await fay.begin(PASSWORD)).code === 'Access-Challenge') asked += 1;
    expect(asked).toBeGreaterThanOrEqual(30);
    expect(await lastReason('fay')).toBe('rate-limited');
    expect((await (await visitor('gus', 'other')).begin(PASSWORD)).code).toBe('Access-Challenge');
  });
});
