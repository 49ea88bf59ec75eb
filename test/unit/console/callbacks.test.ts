import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { MountedCallback } from '../../../src/console/index.ts';
import type { CallbackReply, CallbackRequest } from '../../../src/factors/index.ts';
import { parsePrefix } from '../../../src/lib/ip.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { openConsole } from './open-console.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

interface Recorder {
  readonly received: CallbackRequest[];
  readonly callbacks: () => readonly MountedCallback[];
}

function recorder(
  prefix = 'gateways/main',
  path = 'status',
  method: 'GET' | 'POST' = 'POST',
  reply: CallbackReply = { status: 204 },
): Recorder {
  const received: CallbackRequest[] = [];
  const handle = (request: CallbackRequest): Promise<CallbackReply> => {
    received.push(request);
    return Promise.resolve(reply);
  };
  return { received, callbacks: () => [{ prefix, callback: { method, path, handle } }] };
}

const loopback = parsePrefix('127.0.0.0/8')!;

describe('a callback', () => {
  it('is handed the whole request as it was received', async () => {
    const { received, callbacks } = recorder();
    const { url } = await openConsole({ callbacks }, { publicUrl: 'https://gate.example.com/' });
    const response = await fetch(`${url}/gateways/main/status?to=%2B45+1&to=2&b=a%20b`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Signature': 'abc' },
      body: 'a=1&b=%00',
    });
    expect(response.status).toBe(204);
    expect(received).toHaveLength(1);
    const [request] = received;
    expect(request?.url).toBe('https://gate.example.com/gateways/main/status?to=%2B45+1&to=2&b=a%20b');
    expect({ ...request?.query }).toEqual({ to: '+45 1', b: 'a b' });
    expect(request?.headers['x-signature']).toBe('abc');
    expect(request?.body.toString()).toBe('a=1&b=%00');
  });

  it.each(['application/json', 'text/xml; charset=utf-8', 'application/octet-stream', undefined])(
    'gets the octets of a body of type %s',
    async (type) => {
      const { received, callbacks } = recorder();
      const { url } = await openConsole({ callbacks });
      const octets = Buffer.from([0x7b, 0xff, 0x00, 0x0d, 0x0a]);
      const response = await fetch(`${url}/gateways/main/status`, {
        method: 'POST',
        body: octets,
        ...(type !== undefined && { headers: { 'content-type': type } }),
      });
      expect(response.status).toBe(204);
      expect(received[0]?.body).toEqual(octets);
    },
  );

  it('answers with status, type and body of its own', async () => {
    const reply = { status: 202, contentType: 'text/xml', body: '<Response/>' };
    const { callbacks, received } = recorder('push/privacyidea', '', 'GET', reply);
    const { url } = await openConsole({ callbacks });
    for (const path of ['/push/privacyidea', '/push/privacyidea/']) {
      const response = await fetch(url + path);
      expect(response.status).toBe(202);
      expect(response.headers.get('content-type')).toContain('text/xml');
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(await response.text()).toBe('<Response/>');
    }
    expect(received.map(({ url: whole, body }) => [whole, body.length])).toEqual([
      [`${url}/push/privacyidea`, 0],
      [`${url}/push/privacyidea/`, 0],
    ]);
  });

  it('is there as long as it is mounted', async () => {
    let mounted: readonly MountedCallback[] = [];
    const { url } = await openConsole({ callbacks: () => mounted });
    const ask = async () => (await fetch(`${url}/gateways/main/status`, { method: 'POST' })).status;
    expect(await ask()).toBe(404);
    mounted = recorder().callbacks();
    expect(await ask()).toBe(204);
    mounted = [];
    expect(await ask()).toBe(404);
  });

  it('is found by its own path and method alone', async () => {
    const { received, callbacks } = recorder();
    const { url } = await openConsole({ callbacks });
    const others = ['/gateways/main', '/gateways/main/status/', '/gateways/main/%73tatus', '/gateways/x/status'];
    for (const path of [...others, '/gateways//main/status', '/push/main/status', '/status']) {
      const response = await fetch(url + path, { method: 'POST', body: 'x' });
      expect([path, response.status]).toEqual([path, 404]);
    }
    expect((await fetch(`${url}/gateways/main/status`)).status).toBe(404);
    expect((await fetch(`${url}/gateways/main/status`, { method: 'HEAD' })).status).toBe(404);
    expect((await fetch(`${url}/gateways/main/status`, { method: 'PUT', body: 'x' })).status).toBe(404);
    expect(received).toEqual([]);
  });

  it('takes bodies of 64 KiB and no more', async () => {
    const { received, callbacks } = recorder();
    const { url } = await openConsole({ callbacks });
    const send = async (octets: number) =>
      (await fetch(`${url}/gateways/main/status`, { method: 'POST', body: Buffer.alloc(octets) })).status;
    expect(await send(65_536)).toBe(204);
    expect(await send(65_537)).toBe(413);
    expect(received.map(({ body }) => body.length)).toEqual([65_536]);
  });

  it('that throws is a failure without details, in the answer and in the log', async () => {
    const lines: object[] = [];
    const logger = { ...silentLogger, error: (fields: object, message: string) => lines.push({ fields, message }) };
    const handle = ({ body }: CallbackRequest) => Promise.resolve(JSON.parse(body.toString()) as CallbackReply);
    const callbacks = () => [{ prefix: 'gateways/main', callback: { method: 'POST' as const, path: 'in', handle } }];
    const { url } = await openConsole({ callbacks, logger });
    const response = await fetch(`${url}/gateways/main/in?token=confidential`, {
      method: 'POST',
      body: '{confidential',
    });
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"error":"internal-error"}');
    expect(JSON.stringify(lines)).toContain('SyntaxError');
    expect(JSON.stringify(lines)).toContain('/gateways/main/in');
    expect(JSON.stringify(lines)).not.toContain('confidential');
  });
});

describe('a stranger', () => {
  it('who asks for what is not there is answered before the body has come', async () => {
    const { port } = await openConsole();
    for (const path of ['/gateways/none/status', '/nothing']) {
      const answered = await talk(port, `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nabc`);
      expect(answered).toContain('404 Not Found');
      expect(answered.toLowerCase()).toContain('connection: close');
    }
  });

  it('who sends a body drop by drop is cut off', async () => {
    const clock = new FakeClock();
    const { received, callbacks } = recorder();
    const { port } = await openConsole({ clock, callbacks });
    const closed = talk(port, 'POST /gateways/main/status HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc');
    await until(() => clock.pendingTimers === 1);
    await clock.advance(10_000);
    expect(await closed).toContain('408 Request Timeout');
    expect(received).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is left alone for a while once too much was refused', async () => {
    const clock = new FakeClock();
    const { callbacks } = recorder();
    const { url } = await openConsole({ clock, callbacks });
    const ask = async (path: string) => (await fetch(url + path, { method: 'POST' })).status;
    const statuses = await Promise.all(Array.from({ length: 120 }, () => ask('/gateways/none/status')));
    expect(new Set(statuses)).toEqual(new Set([404]));
    expect(await ask('/gateways/main/status')).toBe(429);
    await clock.advance(30_000);
    expect(await ask('/gateways/main/status')).toBe(429);
    await clock.advance(60_000);
    expect(await ask('/gateways/main/status')).toBe(204);
  });

  it('behind a proxy is told from the others by the address that the proxy names', async () => {
    const clock = new FakeClock();
    const { callbacks } = recorder();
    const { url } = await openConsole({ clock, callbacks }, { trustedProxies: [loopback] });
    const ask = async (path: string, from: string) =>
      (await fetch(url + path, { method: 'POST', headers: { 'x-forwarded-for': from } })).status;
    // The left part is what the stranger wrote himself.
    await Promise.all(
      Array.from({ length: 120 }, (_, index) => ask('/gateways/none/x', `198.51.100.${index}, 192.0.2.7`)),
    );
    expect(await ask('/gateways/main/status', '192.0.2.7')).toBe(429);
    expect(await ask('/gateways/main/status', '192.0.2.8')).toBe(204);
  });

  it('names no address of his own where no proxy is trusted', async () => {
    const { callbacks } = recorder();
    const { url } = await openConsole({ callbacks });
    const ask = async (path: string, from: string) =>
      (await fetch(url + path, { method: 'POST', headers: { 'x-forwarded-for': from } })).status;
    await Promise.all(Array.from({ length: 120 }, (_, index) => ask('/gateways/none/x', `192.0.2.${index}`)));
    expect(await ask('/gateways/main/status', '198.51.100.1')).toBe(429);
  });
});

describe('the push app', () => {
  const { callbacks } = recorder('push/app', 'answer');
  const ask = async (url: string, headers: Record<string, string>) =>
    (await fetch(`${url}/push/app/answer`, { method: 'POST', headers })).status;

  it('is spoken to by our own pages, or by what is no browser', async () => {
    const { url, port } = await openConsole({ callbacks }, { publicUrl: 'https://gate.example.com/base' });
    expect(await ask(url, {})).toBe(204);
    expect(await ask(url, { origin: 'https://gate.example.com', 'sec-fetch-site': 'same-origin' })).toBe(204);
    expect(await ask(url, { origin: 'https://elsewhere.example.com' })).toBe(403);
    expect(await ask(url, { origin: 'http://gate.example.com' })).toBe(403);
    expect(await ask(url, { origin: `http://127.0.0.1:${port}` })).toBe(403);
    expect(await ask(url, { origin: 'null' })).toBe(403);
    expect(await ask(url, { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask(url, { 'sec-fetch-site': 'same-site' })).toBe(403);
  });

  it('is reached by the name that was asked for where there is no public address', async () => {
    const { url } = await openConsole({ callbacks });
    expect(await ask(url, { origin: url })).toBe(204);
    expect(await ask(url, { origin: 'http://localhost:1' })).toBe(403);
  });
});

/** All that comes back on a connection until it is closed. */
async function talk(port: number, text: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  sockets.push(socket);
  let answered = '';
  socket.on('data', (data) => (answered += data.toString()));
  socket.write(text);
  await once(socket, 'close');
  return answered;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
