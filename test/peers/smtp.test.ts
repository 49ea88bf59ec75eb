import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSmtpGateway, type SmtpGatewayOptions } from '../../src/gateways/smtp.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { Secret } from '../../src/lib/secret.ts';
import { makeCertificate } from '../support/certificate.ts';
import { Program } from '../support/process.ts';
import { makeFolder } from './loopback.ts';
import { describeWithPeers } from './presence.ts';

interface SendSettings {
  readonly password?: string;
  readonly security?: SmtpGatewayOptions['security'];
}

const PATIENT = new AbortController().signal;

describeWithPeers(['aiosmtpd', 'openssl'], 'a mail server of aiosmtpd', () => {
  const { key, cert } = makeCertificate();
  let folder = '';
  let server: Program;
  let port = 0;

  beforeAll(async () => {
    folder = await makeFolder('mail');
    const files = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await writeFile(files[0] ?? '', cert);
    await writeFile(files[1] ?? '', key, { mode: 0o600 });
    server = await Program.start('/usr/bin/python3', [join(import.meta.dirname, 'mail-server.py'), ...files]);
    port = Number((await server.waitFor(/listening (\d+)/))[1]);
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function send(to: string, { password = 's3cret', security = 'starttls' }: SendSettings = {}) {
    const gateway = createSmtpGateway(
      { clock: systemClock },
      {
        name: 'mail',
        host: 'localhost',
        port,
        security,
        ca: cert,
        username: 'sallyport',
        password: Secret.fromText(password),
        from: 'Sallyport <noreply@example.com>',
        timeoutSeconds: 20,
        connections: 1,
      },
    );
    const message = {
      id: 'mail-1',
      channel: 'email',
      to,
      subject: 'Ihr Code für das Büro',
      text: 'Code: 123456',
    } as const;
    try {
      return await gateway.sendText?.(message, PATIENT);
    } finally {
      await gateway.stop();
    }
  }

  it('takes a mail, encrypted and with credentials', async () => {
    expect(await send('alice@example.com')).toMatchObject({ kind: 'sent' });
    const [line] = await server.waitFor(/^\{.*\}$/m);
    const mail = JSON.parse(line) as { readonly text: string };
    expect(mail).toMatchObject({
      from: 'noreply@example.com',
      to: ['alice@example.com'],
      isSecure: true,
      isLoggedIn: true,
    });
    expect(mail.text).toContain('Code: 123456');
    expect(mail.text).toMatch(/^Subject: =\?UTF-8\?/m);
  });

  it('refuses a mailbox that does not exist', async () => {
    expect(await send('nobody@example.com')).toMatchObject({ kind: 'refused' });
  });

  it('refuses a wrong password', async () => {
    expect(await send('alice@example.com', { password: 'wrong' })).toEqual({
      kind: 'failed',
      problem: 'the mail server refuses the credentials (535)',
    });
  });

  it('takes nothing that is not encrypted', async () => {
    expect(await send('alice@example.com', { security: 'none' })).toMatchObject({ kind: 'failed' });
  });
});
