import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import type { TextMessage } from '../../../src/factors/index.ts';
import { createSmtpGateway, type SmtpGatewayOptions } from '../../../src/gateways/smtp.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const MESSAGE: TextMessage = {
  id: 'mail-1',
  channel: 'email',
  to: 'alice@example.com',
  subject: 'Your passcode',
  text: 'Your passcode is 123456.\n',
};
const PATIENT = new AbortController().signal;
const { key, cert } = makeCertificate();

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly isSecure: boolean;
  readonly user: string | undefined;
}

/** A mail server that takes what it is sent; `options` make it behave otherwise. */
async function startMailServer(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    logger: false,
    onAuth({ username, password }, _session, callback) {
      if (username === 'sallyport' && password === 's3cret') callback(null, { user: username });
      else callback(new Error(`wrong password ${String(password)}`));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
          isSecure: session.secure,
          user: session.user as string | undefined,
        });
        callback();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise<void>((resolve) => server.close(resolve)));
  return { port: (server.server.address() as AddressInfo).port, received };
}

function gatewayTo(port: number, options: Partial<SmtpGatewayOptions> = {}) {
  const clock = new FakeClock();
  const gateway = createSmtpGateway(
    { clock },
    {
      name: 'mail',
      host: 'localhost',
      port,
      security: 'starttls',
      ca: cert,
      from: 'Sallyport <noreply@example.com>',
      timeoutSeconds: 20,
      connections: 2,
      ...options,
    },
  );
  open.push(() => gateway.stop());
  const send = async (message: Partial<TextMessage> = {}, signal = PATIENT) =>
    gateway.sendText?.({ ...MESSAGE, ...message }, signal);
  return { gateway, clock, send };
}

const credentials = { username: 'sallyport', password: Secret.fromText('s3cret') };

describe('the SMTP gateway', () => {
  it('encrypts, logs in and sends a mail of text', async () => {
    const { port, received } = await startMailServer();
    const { send } = gatewayTo(port, { ...credentials, replyTo: 'help@example.com' });
    expect(await send()).toMatchObject({ kind: 'sent', reference: expect.stringContaining('@example.com') as string });
    expect(received).toMatchObject([
      { from: 'noreply@example.com', to: ['alice@example.com'], isSecure: true, user: 'sallyport' },
    ]);
    const raw = received[0]?.raw ?? '';
    expect(raw).toContain('From: Sallyport <noreply@example.com>');
    expect(raw).toContain('Reply-To: help@example.com');
    expect(raw).toContain('Subject: Your passcode');
    expect(raw).toContain('Auto-Submitted: auto-generated');
    expect(raw).toContain('Content-Type: text/plain');
    expect(raw).toContain('Your passcode is 123456.');
  });

  it('speaks TLS from the first octet where it is told so', async () => {
    const { port, received } = await startMailServer({ secure: true });
    expect(await gatewayTo(port, { security: 'tls', ...credentials }).send()).toMatchObject({ kind: 'sent' });
    expect(received).toMatchObject([{ isSecure: true, user: 'sallyport' }]);
  });

  it('uses one connection for several mails', async () => {
    const connections: string[] = [];
    const { port, received } = await startMailServer({
      onConnect(session, callback) {
        connections.push(session.id);
        callback();
      },
    });
    const { send } = gatewayTo(port);
    await send();
    await send();
    expect([received.length, connections.length]).toEqual([2, 1]);
  });

  it('sends nothing to a server that cannot encrypt', async () => {
    const { port, received } = await startMailServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    expect(await gatewayTo(port, credentials).send()).toEqual({
      kind: 'failed',
      problem: expect.stringContaining('encrypted') as string,
    });
    expect(received).toEqual([]);
  });

  it('sends nothing to a server whose certificate nobody vouches for', async () => {
    const { port, received } = await startMailServer();
    const { send } = gatewayTo(port, { ca: makeCertificate().cert, ...credentials });
    expect(await send()).toMatchObject({ kind: 'failed' });
    expect(received).toEqual([]);
  });

  it('sends nothing to a server that shows the certificate of another', async () => {
    const { port, received } = await startMailServer();
    expect(await gatewayTo(port, { host: '127.0.0.1', ...credentials }).send()).toMatchObject({ kind: 'failed' });
    expect(received).toEqual([]);
  });

  it('sends no credentials in clear', async () => {
    const { port, received } = await startMailServer({ allowInsecureAuth: true });
    expect(await gatewayTo(port, { security: 'none', ...credentials }).send()).toMatchObject({ kind: 'sent' });
    expect(received).toMatchObject([{ isSecure: false, user: undefined }]);
  });

  it('says that wrong credentials are, and not which', async () => {
    const { port } = await startMailServer();
    const wrong = { username: 'sallyport', password: Secret.fromText('hunter2') };
    const delivery = await gatewayTo(port, wrong).send();
    expect(delivery).toEqual({ kind: 'failed', problem: 'the mail server refuses the credentials (535)' });
  });

  it.each([
    [550, 'refused'],
    [553, 'refused'],
    [450, 'failed'],
  ])('makes of an answer of %i to the recipient a mail that is %s', async (responseCode, kind) => {
    const { port } = await startMailServer({
      onRcptTo: (address, _session, callback) =>
        callback(Object.assign(new Error(`nobody like ${address.address}`), { responseCode })),
    });
    expect(await gatewayTo(port).send()).toEqual({
      kind,
      problem: `the mail server refuses the sender or the recipient (${String(responseCode)})`,
    });
  });

  it('takes a refusal of the sender for a failure of the gateway', async () => {
    const { port } = await startMailServer({
      onMailFrom: (_address, _session, callback) =>
        callback(Object.assign(new Error('not you'), { responseCode: 550 })),
    });
    expect(await gatewayTo(port).send()).toMatchObject({ kind: 'failed' });
  });

  it.each([
    'alice',
    'alice@example.com, bob@example.com',
    'Alice <alice@example.com>',
    'alice@example.com\r\nBcc: bob@example.com',
    'alice@exam ple.com',
    '@example.com',
    `${'a'.repeat(250)}@example.com`,
    '',
  ])('refuses the address %j', async (to) => {
    const { port, received } = await startMailServer();
    expect(await gatewayTo(port).send({ to })).toMatchObject({ kind: 'refused' });
    expect(received).toEqual([]);
  });

  it('lets no line break into a header', async () => {
    const { port, received } = await startMailServer();
    const { send } = gatewayTo(port, { replyTo: 'help@example.com\nX-Evil: 3' });
    await send({ subject: 'Code\r\nX-Evil: 1\r\n\r\nbody', from: 'Me\nX-Evil: 2 <me@example.com>' });
    const headers = received[0]?.raw.split('\r\n\r\n')[0] ?? '';
    expect(headers).not.toMatch(/^X-Evil/m);
    expect(received[0]?.to).toEqual(['alice@example.com']);
  });

  it('says that a server is not there', async () => {
    const { port } = await startMailServer();
    for (const close of open.splice(0)) await close();
    expect(await gatewayTo(port, { host: '127.0.0.1' }).send()).toMatchObject({
      kind: 'failed',
      problem: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it('gives up a server that says nothing', async () => {
    const { port, opened } = await startRaw(() => undefined);
    const { send, clock } = gatewayTo(port, { host: '127.0.0.1' });
    const sending = send();
    await opened;
    await clock.advance(20_000);
    expect(await sending).toEqual({ kind: 'failed', problem: 'the mail server has not taken the mail in time' });
  });

  it('gives up a mail when whoever sends it does', async () => {
    const { port, opened } = await startRaw(() => undefined);
    const controller = new AbortController();
    const sending = gatewayTo(port, { host: '127.0.0.1' }).send({}, controller.signal);
    await opened;
    controller.abort();
    expect(await sending).toMatchObject({ kind: 'failed' });
  });

  it.each([
    ['garbage', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['that it is closed', '421 not now\r\n'],
    ['nothing and goes away', ''],
  ])('fails when the server says %s', async (_, greeting) => {
    const { port } = await startRaw((socket) => socket.end(greeting));
    expect(await gatewayTo(port, { host: '127.0.0.1' }).send()).toMatchObject({ kind: 'failed' });
  });

  it('sends nothing once it is stopped', async () => {
    const { port, received } = await startMailServer();
    const { gateway, send } = gatewayTo(port);
    await gateway.start();
    await gateway.stop();
    expect(await send()).toEqual({ kind: 'failed', problem: 'the gateway has been stopped' });
    expect(received).toEqual([]);
  });
});

/** A server that is no mail server. */
async function startRaw(connected: (socket: Socket) => void) {
  const { promise: opened, resolve: isOpen } = Promise.withResolvers<undefined>();
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    connected(socket);
    isOpen(undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, opened };
}
