import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCheck } from '../../../src/cli/check.ts';
import { captureIo } from '../../support/captured-io.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { soundConfig } from '../../support/config-text.ts';

const { key, cert } = makeCertificate();
const closers: (() => void)[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-check-'));
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
  rmSync(folder, { recursive: true });
});

async function listen(server: Server): Promise<number> {
  closers.push(() => server.close());
  server.on('connection', (socket) => closers.push(() => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A port where nobody listens any more. */
async function closedPort(): Promise<number> {
  const port = await listen(createServer());
  for (const close of closers.splice(0)) close();
  return port;
}

/** `check` with these gateways; gives the lines that tell of them. */
async function check(gateways: string, more = '') {
  const text = `${soundConfig}gateways:\n${gateways}${more}`;
  writeFileSync(join(folder, 'sallyport.yaml'), text, { mode: 0o600 });
  const io = captureIo({ cwd: folder });
  const status = await runCheck({ config: 'sallyport.yaml' }, io);
  const lines = io.shown.split('\n').filter((line) => line.includes(' gateway '));
  return { status, lines: lines.map((line) => line.replace(/\d+ ms/, 'N ms')), complained: io.complained };
}

const FINE = 'answers after N ms; nothing was sent';

describe('check of gateways', () => {
  it('connects to those by HTTP and SMPP, and sends nothing', async () => {
    const received: Buffer[] = [];
    const server = createServer((socket) => socket.on('data', (chunk) => received.push(chunk)));
    const port = await listen(server);
    const web = `http://127.0.0.1:${port}`;
    const { status, lines } = await check(
      `  web: { type: http, url: "${web}/send/{{to}}" }\n` +
        `  tw: { type: twilio, accountSid: AC${'0'.repeat(32)}, authToken: twilio-token, from: "+15005550006", apiUrl: "${web}" }\n` +
        `  vo: { type: vonage, apiKey: key, apiSecret: vonage-secret, signatureSecret: vonage-signature, smsUrl: "${web}" }\n` +
        `  ast: { type: asterisk, url: "${web}", username: u, password: asterisk-password, endpoint: "PJSIP/{{digits}}@t" }\n` +
        `  smsc: { type: smpp, host: 127.0.0.1, port: ${port}, systemId: us, password: smpp-password }\n`,
    );
    expect(lines).toEqual(
      ['web', 'tw', 'vo', 'ast', 'smsc'].map((name) => `✓ gateway ${name} 127.0.0.1:${port}: ${FINE}`),
    );
    expect(status).toBe(0);
    expect(received).toEqual([]);
  });

  it('fails where nobody listens', async () => {
    const port = await closedPort();
    expect(await check(`  web: { type: http, url: "http://127.0.0.1:${port}/" }\n`)).toMatchObject({
      status: 1,
      lines: [`✗ gateway web 127.0.0.1:${port}: no program listens on that port`],
    });
  });

  it('verifies certificates', async () => {
    const port = await listen(createTlsServer({ key, cert }));
    writeFileSync(join(folder, 'ca.pem'), cert);
    const smsc = (more: string) =>
      `{ type: smpp, host: localhost, port: ${port}, tls: true, systemId: us, password: smpp-password${more} }`;
    const { lines } = await check(`  known: ${smsc(', ca: { file: ca.pem }')}\n  unknown: ${smsc('')}\n`);
    expect(lines).toEqual([
      `✓ gateway known localhost:${port}: ${FINE}`,
      `✗ gateway unknown localhost:${port}: its certificate has signed itself and is not in \`ca\``,
    ]);
  });

  it('gives up one that says nothing', async () => {
    const port = await listen(createServer());
    const { lines } = await check(`  safe: { type: http, url: "https://127.0.0.1:${port}/", timeoutSeconds: 1 }\n`);
    expect(lines).toEqual([`✗ gateway safe 127.0.0.1:${port}: no answer: it is down, or a firewall is between`]);
  });

  it('logs in to a mail server, and sends no mail', async () => {
    const mails: unknown[] = [];
    const server = new SMTPServer({
      ...{ key, cert, logger: false },
      onAuth({ password }, _session, callback) {
        if (password === 'right-password') callback(null, { user: 'us' });
        else callback(new Error('no'));
      },
      onMailFrom(address, _session, callback) {
        mails.push(address);
        callback();
      },
    });
    server.on('error', () => undefined);
    closers.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.server.address() as AddressInfo;
    writeFileSync(join(folder, 'ca.pem'), cert);
    const mail = (password: string) =>
      `{ type: smtp, host: localhost, port: ${port}, ca: { file: ca.pem }, username: us, password: ${password}, from: a@example.com }`;
    const { lines } = await check(`  right: ${mail('right-password')}\n  wrong: ${mail('wrong-password')}\n`);
    expect(lines[0]).toBe(`✓ gateway right localhost:${port}: ${FINE}`);
    expect(lines[1]).toMatch(/✗ gateway wrong .*: the mail server refuses the credentials/);
    expect(mails).toEqual([]);
  });

  it('looks whether a program may be run, and runs none', async () => {
    const ran = join(folder, 'ran');
    for (const [name, mode] of Object.entries({ yes: 0o755, no: 0o644 })) {
      writeFileSync(join(folder, name), `#!/bin/sh\ntouch ${ran}\n`, { mode });
    }
    const script = (name: string) => `  ${name}: { type: script, command: ${folder}/${name} }\n`;
    const { status, lines } = await check(script('yes') + script('no') + script('missing'));
    expect(lines).toEqual([
      `✓ gateway yes ${folder}/yes: may be run; it was not`,
      `✗ gateway no ${folder}/no: cannot be run: permission denied`,
      `✗ gateway missing ${folder}/missing: cannot be run: it does not exist`,
    ]);
    expect(status).toBe(1);
  });

  it('reaches the server of ntfy', async () => {
    const port = await listen(createServer());
    const more = `factors: { push: { ntfy: { server: "http://127.0.0.1:${port}" } } }\nconsole: { publicUrl: "http://127.0.0.1:8812" }\n`;
    const { lines } = await check('  web: { type: http, url: "http://127.0.0.1:1/" }\n', more);
    expect(lines[1]).toBe(`✓ gateway ntfy 127.0.0.1:${port}: ${FINE}`);
  });
});
