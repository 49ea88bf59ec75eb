import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { DemoPhone } from '../../../src/cli/demo-phone.ts';
import { tokenAdd, type TokenAddArguments } from '../../../src/cli/token-add.ts';
import { userAdd } from '../../../src/cli/user-add.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { startSallyport } from '../../support/sallyport.ts';
import { Workplace } from '../../support/terminal.ts';

const PUBLIC_URL = 'https://gate.example.com';
const defaults = { user: 'alice', type: 'push', digits: 6, algorithm: 'sha1', period: 30, counter: 0 } as const;

let workplace: Workplace;

beforeEach(async () => {
  workplace = new Workplace();
  await workplace.play(userAdd, { name: 'alice', password: false });
});

afterEach(() => {
  workplace.remove();
});

const add = (options: Partial<TokenAddArguments> = {}) => workplace.play(tokenAdd, { ...defaults, ...options });

const tokens = () => workplace.useStorage((storage) => storage.tokens.listTokens());

function configure({ console = `{ publicUrl: "${PUBLIC_URL}/" }`, push = '{ app: {} }' } = {}): void {
  const lines = [
    'server: { dataDir: ../data, listen: [{ protocol: udp, address: 127.0.0.1, port: 0 }] }',
    'clients:',
    '  - { name: vpn, address: 127.0.0.1/32, secret: a-shared-secret-of-enough-octets, primary: local }',
    'primaries: { local: { type: local } }',
    'policies: { default: { factors: [push] } }',
    `console: ${console}`,
    `factors: { push: ${push} }`,
  ];
  workplace.write(workplace.config, lines.join('\n'));
}

describe('token add --type push', () => {
  it('keeps a pending token, and shows the address of its enrolment as QR code and text', async () => {
    configure();
    const { status, out, err } = await add();
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('█▀▀▀▀▀█');
    const [token] = await tokens();
    expect(token).toMatchObject({ type: 'push', protocol: 'app', state: 'pending', username: 'alice' });
    expect(token?.serial).toMatch(/^PUSH-[0-9A-F]{10}$/);
    expect(out).toContain(`${PUBLIC_URL}/app#e=${String(token?.serial)}.`);
  });

  it('makes the address that the privacyIDEA Authenticator reads', async () => {
    configure({ push: '{ privacyidea: {} }' });
    const { out } = await add({ protocol: 'privacyidea', serial: 'PUSH-1', json: true });
    const { uri, ...shown } = JSON.parse(out) as Record<string, unknown>;
    expect(shown).toMatchObject({ serial: 'PUSH-1', protocol: 'privacyidea', isPending: true, webUri: null });
    expect(new URL(String(uri)).searchParams.get('url')).toBe(`${PUBLIC_URL}/push/privacyidea/ttype/push`);
  });

  it.each([
    ['console.publicUrl', { console: '{ port: 0 }' }, 'app', 2],
    ['factors.push.ntfy', {}, 'ntfy', 1],
  ] as const)('says that %s is missing', async (setting, options, protocol, status) => {
    configure(options);
    expect(await add({ protocol })).toMatchObject({
      status,
      out: '',
      err: expect.stringContaining(setting) as string,
    });
    expect(await tokens()).toEqual([]);
  });

  it('refuses a user who is unknown, a serial that is taken, and options that make no sense', async () => {
    configure();
    expect(await add({ user: 'bob' })).toMatchObject({ status: 1, err: 'There is no user bob.\n' });
    await add({ serial: 'PUSH-1' });
    expect(await add({ serial: 'PUSH-1' })).toMatchObject({ status: 1 });
    expect(await add({ secretStdin: true })).toMatchObject({ status: 2 });
    expect(await add({ type: 'totp', protocol: 'app' })).toMatchObject({ status: 2 });
    expect(await tokens()).toHaveLength(1);
  });
});

describe('token add --type push --protocol ntfy', () => {
  let ntfy: Server;
  let status = 200;
  const published: { topic: string; actions: { body: string }[] }[] = [];

  beforeEach(async () => {
    ntfy = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        published.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof published)[number]);
        response.writeHead(status).end();
      });
    }).listen(0, '127.0.0.1');
    await once(ntfy, 'listening');
    configure({ push: `{ ntfy: { server: "http://127.0.0.1:${(ntfy.address() as AddressInfo).port}" } }` });
  });

  afterEach(() => {
    published.length = 0;
    ntfy.closeAllConnections();
    ntfy.close();
  });

  it('puts the first message into the topic before it ends', async () => {
    status = 200;
    const { out } = await add({ protocol: 'ntfy', serial: 'PUSH-1' });
    expect(published).toHaveLength(1);
    expect(out).toContain(`/${published[0]!.topic}?display=alice`);
    expect(await tokens()).toMatchObject([{ serial: 'PUSH-1', protocol: 'ntfy', state: 'pending' }]);
  });

  it('adds nothing where ntfy does not take it', async () => {
    status = 403;
    expect(await add({ protocol: 'ntfy' })).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringContaining('status 403') as string,
    });
    expect(await tokens()).toEqual([]);
  });
});

describe('a phone that was added at the command line', () => {
  it('enrols at the running server, once', async () => {
    const sections = { factors: { push: { app: {} } }, console: { port: 0, publicUrl: PUBLIC_URL } };
    const sallyport = await startSallyport({ sections });
    try {
      await sallyport.enrol('alice', { password: 'first door' });
      const out = await sallyport.mustRun(['token', 'add', 'alice', '--type', 'push', '--serial', 'PUSH-1']);
      const uri = /https:\S+/.exec(out)![0].replace(PUBLIC_URL, sallyport.consoleUrl);
      const phone = new DemoPhone(uri, { clock: systemClock });
      expect(await phone.enrol()).toEqual({ status: 200, body: { status: 'enrolled' } });
      expect((await new DemoPhone(uri, { clock: systemClock }).enrol()).status).not.toBe(200);
      const listed = JSON.parse(await sallyport.mustRun(['token', 'list', '--json'])) as unknown[];
      expect(listed).toMatchObject([{ serial: 'PUSH-1', type: 'push', isPending: false }]);
    } finally {
      await sallyport.stop();
    }
  });
});
