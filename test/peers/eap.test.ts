import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import type { AppPhone } from '../support/phones/app-phone.ts';
import { clientSection, startSallyport, type Sallyport, type Section } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { APP, givePhone, promptOn, publicConsole } from '../whole/second-doors.ts';
import { tryEap, type EapolOutcome } from './eapol-test.ts';
import { showLogOfFailures } from './failure-log.ts';
import { homeServerSection, startFreeRadius, type FreeRadius } from './freeradius.ts';
import { describeWithPeers } from './presence.ts';

const password = 'correct horse';

// By its source address a request is one of these clients.
const clients = {
  plain: { from: '127.0.0.1', primary: 'corp', policy: 'none' },
  push: { from: '127.0.0.2', primary: 'corp', policy: 'push' },
  unsure: { from: '127.0.0.3', primary: 'unsure', policy: 'lax' },
  wrong: { from: '127.0.0.4', primary: 'wrong', policy: 'none' },
  keyless: { from: '127.0.0.5', primary: 'corp', policy: 'none', relay: { remove: ['MS-MPPE-Recv-Key'] } },
} as const;
type ClientName = keyof typeof clients;

const methods = {
  'PEAP-MSCHAPv2': ['eap=PEAP', 'phase2="auth=MSCHAPV2"'],
  'TTLS-PAP': ['eap=TTLS', 'phase2="auth=PAP"'],
  'EAP-TLS': ['eap=TLS'],
  'EAP-MSCHAPv2': ['eap=MSCHAPV2'],
  'EAP-GTC': ['eap=GTC'],
} as const;
type Method = keyof typeof methods;

describeWithPeers(['freeradius', 'eapol_test', 'openssl'], 'EAP through us to FreeRADIUS', () => {
  const keep = stopAfterwards();
  let home: FreeRadius;
  let gate: Sallyport;
  let phone: AppPhone;
  let carolsPhone: AppPhone;

  beforeAll(async () => {
    const users = ['alice', 'bob', 'carol'].map((name) => ({ name, password }));
    home = await keep(startFreeRadius({ users, eap: { namesInner: true } }));
    const primary = (more: Section, server: Section = {}): Section => ({
      type: 'radius',
      servers: [homeServerSection(home, server)],
      timeoutSeconds: 1,
      ...more,
    });
    gate = await keep(
      startSallyport({
        clients: Object.entries(clients).map(([name, { from, ...rest }]) => clientSection(name, from, rest)),
        primaries: {
          corp: primary({ eapIdentity: 'accept' }),
          unsure: primary({}),
          wrong: primary({ attempts: 1, timeoutSeconds: 0.5 }, { secret: 'another-secret-than-it-has' }),
        },
        sections: {
          policies: {
            none: { factors: [] },
            push: { factors: ['push', 'totp'] },
            lax: { factors: ['push'], unenrolled: 'allow' },
          },
          factors: { push: { app: APP } },
          console: await publicConsole(),
        },
      }),
    );
    for (const user of ['alice', 'bob', 'carol']) await gate.mustRun(['user', 'add', user, '--no-password']);
    phone = await givePhone(gate, 'alice');
    carolsPhone = await givePhone(gate, 'carol');
  });
  showLogOfFailures(() => `${home.log().slice(-20_000)}\n${gate.log()}`);

  const login = (client: ClientName, method: Method, more: readonly string[] = []): Promise<EapolOutcome> => {
    const certificate = [
      `client_cert="${join(home.folder, 'alice.pem')}"`,
      `private_key="${join(home.folder, 'alice.key')}"`,
    ];
    const secrets = method === 'EAP-TLS' ? certificate : [`password="${password}"`];
    const outer = method === 'PEAP-MSCHAPv2' || method === 'TTLS-PAP' ? ['anonymous_identity="anonymous"'] : [];
    const network = ['identity="alice"', ...outer, ...secrets, `ca_cert="${join(home.folder, 'ca.pem')}"`];
    return tryEap({
      port: gate.port,
      secret: gate.secret,
      from: clients[client].from,
      network: [...network.filter((line) => !overrides(more, line)), ...methods[method], ...more],
      hasKeys: method !== 'EAP-GTC',
    });
  };

  it.each(Object.keys(methods) as Method[])('lets %s in, with the keys that the supplicant has', async (method) => {
    const { isIn, transcript } = await login('plain', method);
    expect(isIn, transcript.slice(-3_000)).toBe(true);
  });

  it('has a supplicant that looks at the keys: without one it is not in', async () => {
    const attempt = await login('keyless', 'EAP-MSCHAPv2');
    expect(attempt).toMatchObject({ isIn: false, isRefused: false });
    expect((await gate.events('alice'))[0]).toMatchObject({ verdict: 'accept', client: 'keyless' });
  });

  it.each(Object.keys(methods) as Method[])('holds the Success of %s until a push is approved', async (method) => {
    const trying = login('push', method);
    const prompt = await promptOn(phone);
    expect(prompt.choices).toBeUndefined();
    await phone.answer(prompt, { kind: 'approved' });
    const { isIn, transcript } = await trying;
    expect(isIn, transcript.slice(-3_000)).toBe(true);
    expect((await gate.events('alice'))[0]).toMatchObject({ reason: 'both-doors', factor: 'push' });
  });

  it('tells the supplicant by an EAP-Failure that the push was denied', async () => {
    const trying = login('push', 'PEAP-MSCHAPv2', ['identity="carol"']);
    await carolsPhone.answer(await promptOn(carolsPhone), { kind: 'denied' });
    expect(await trying).toMatchObject({ isIn: false, isRefused: true });
    expect((await gate.events('carol'))[0]).toMatchObject({ reason: 'approval-denied' });
  });

  it('asks the phone of the user inside TLS, whoever stands outside', async () => {
    const trying = login('push', 'TTLS-PAP', ['identity="carol"', 'anonymous_identity="bob"']);
    await carolsPhone.answer(await promptOn(carolsPhone), { kind: 'approved' });
    expect(await trying).toMatchObject({ isIn: true });
  });

  it('refuses who is not certainly known, also where users without a second factor are let in', async () => {
    const attempt = await login('unsure', 'TTLS-PAP', ['anonymous_identity="bob"']);
    expect(attempt).toMatchObject({ isIn: false, isRefused: true });
    expect((await gate.events('bob'))[0]).toMatchObject({ reason: 'identity-unproven', client: 'unsure' });
    expect(await login('unsure', 'EAP-MSCHAPv2', ['identity="bob"'])).toMatchObject({ isIn: true });
  });

  it('refuses who has no second factor', async () => {
    expect(await login('push', 'EAP-MSCHAPv2', ['identity="bob"'])).toMatchObject({ isIn: false, isRefused: true });
    expect((await gate.events('bob'))[0]).toMatchObject({ reason: 'unenrolled' });
  });

  it('relays the Failure of the home server', async () => {
    const attempt = await login('plain', 'PEAP-MSCHAPv2', ['password="wrong"']);
    expect(attempt).toMatchObject({ isIn: false, isRefused: true });
    expect((await gate.events('anonymous'))[0]).toMatchObject({ reason: 'primary-rejected' });
  });

  describe('under a wrong secret', () => {
    it('towards the home server, nobody gets in', async () => {
      expect((await login('wrong', 'EAP-MSCHAPv2')).isIn).toBe(false);
      expect((await gate.events('alice'))[0]).toMatchObject({ reason: 'primary-unavailable' });
    });

    it('of the access point, nothing is answered', async () => {
      const before = await gate.metric('sallyport_dropped_packets_total{reason="message-authenticator-wrong"}');
      const network = ['identity="alice"', `password="${password}"`, ...methods['EAP-GTC']];
      const wrong = { port: gate.port, secret: 'another', from: clients.plain.from, network, timeoutSeconds: 2 };
      expect(await tryEap(wrong)).toMatchObject({ isIn: false, isRefused: false });
      const after = await gate.metric('sallyport_dropped_packets_total{reason="message-authenticator-wrong"}');
      expect(after).toBeGreaterThan(before);
    });
  });
});

function overrides(lines: readonly string[], line: string): boolean {
  const [key = ''] = line.split('=');
  return lines.some((one) => one.startsWith(`${key}=`));
}
