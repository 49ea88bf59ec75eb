import { copyFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { microsoftSaltedTypes } from '../../../src/radius/index.ts';
import { createClientTable } from '../../../src/server/clients.ts';
import { createRadsecListener, type RadsecListenerOptions } from '../../../src/server/listener-radsec.ts';
import type { Receive } from '../../../src/server/listener.ts';
import type { ClientConfig } from '../../../src/config/index.ts';
import { listenerContract } from '../../contract/listener.ts';
import { Authority, type Papers } from '../../support/authority.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { TlsNas } from '../../support/tls-nas.ts';
import { certificateClient, pskClient, RadsecDesk, radsecOptions } from './radsec-desk.ts';
import { makeRequest } from './wire.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const authority = new Authority();
const stranger = new Authority('Another authority');
const server = authority.issue('/CN=gate', { san: 'DNS:localhost,IP:127.0.0.1,IP:::1' });
const nas = authority.issue('/CN=nas-1', { san: 'DNS:nas-1.example.com' });
const client = certificateClient({ dns: ['nas-1.example.com'] });
const echo: Receive = (datagram, peer, sender) => {
  sender.send(datagram, peer);
  return undefined;
};

afterAll(() => {
  authority.remove();
  stranger.remove();
});

/** Frames a text as a packet would be: the contract's texts are no packets. */
const framed = (octets: Buffer): Buffer => {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(20 + octets.length, 2);
  return Buffer.concat([header, octets]);
};

for (const address of ['127.0.0.1', '::1']) {
  listenerContract('RadSec', address, {
    make: (deps, at) =>
      createRadsecListener(
        {
          ...deps,
          clock: systemClock,
          random: createSystemRandom(),
          clients: createClientTable([certificateClient({ dns: ['nas-1.example.com'] })]),
          saltedTypes: microsoftSaltedTypes,
        },
        radsecOptions(authority, server, at),
      ),
    call: async (at) => {
      const caller = await TlsNas.open({ host: at.address, port: at.port, ca: authority.ca, ...nas });
      return {
        send: (octets) => caller.send(framed(octets)),
        nextReply: async () => (await caller.nextReply()).subarray(20),
        close: () => caller.close(),
      };
    },
  });
}

describe('a RadSec listener', () => {
  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  const listen = async (
    more: Partial<RadsecListenerOptions> = {},
    clients: readonly ClientConfig[] = [client],
    { receive = echo, clock = systemClock }: { receive?: Receive; clock?: typeof systemClock } = {},
  ) => {
    const desk = new RadsecDesk(clients, radsecOptions(authority, server, more), receive, clock);
    const { port } = await desk.listener.start();
    cleanUps.push(() => desk.listener.stop());
    return { desk, port };
  };
  const open = async (port: number, options: ConnectionOptions = nas): Promise<TlsNas> => {
    const caller = await TlsNas.open({ port, ca: authority.ca, ...options });
    cleanUps.push(() => caller.close());
    return caller;
  };
  /** Resolves when the server has ended the connection. */
  const isTurnedAway = async (port: number, options: ConnectionOptions): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', servername: 'localhost', port, ca: authority.ca, ...options });
    await ended(socket);
  };

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s with a client that has a certificate', async (version) => {
    const { port } = await listen();
    const caller = await open(port, { ...nas, minVersion: version, maxVersion: version });
    expect(caller.socket.getProtocol()).toBe(version);
    caller.send(framed(Buffer.from('hello')));
    expect((await caller.nextReply()).subarray(20).toString()).toBe('hello');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'speaks %s with a client that has a key shared in advance',
    async (version) => {
      const { port } = await listen({}, [pskClient('nas-2', KEY)]);
      const caller = await open(port, psk('nas-2', KEY, version));
      caller.send(framed(Buffer.from('hello')));
      expect((await caller.nextReply()).subarray(20).toString()).toBe('hello');
    },
  );

  it('needs no certificate where all clients have keys', async () => {
    const { port } = await listen({ files: {} }, [pskClient('nas-2', KEY)]);
    const caller = await open(port, psk('nas-2', KEY, 'TLSv1.3'));
    caller.send(framed(Buffer.from('hello')));
    expect((await caller.nextReply()).subarray(20).toString()).toBe('hello');
  });

  it('says who has connected, with the connection', async () => {
    const seen: object[] = [];
    const { port } = await listen({}, [client], {
      receive: (_, { link }) => {
        seen.push({ client: link?.client.config.name, name: link?.name });
        return undefined;
      },
    });
    const [one, two] = [await open(port), await open(port)];
    one.send(framed(Buffer.from('1')));
    two.send(framed(Buffer.from('2')));
    await expect.poll(() => seen.length).toBe(2);
    expect(new Set(seen.map((entry) => JSON.stringify(entry))).size).toBe(2);
    expect(seen[0]).toMatchObject({ client: 'nas' });
  });

  const past = { notBefore: '20200101000000Z', notAfter: '20210101000000Z' };
  const outsiders: readonly [string, string, () => ConnectionOptions][] = [
    ['without a certificate', 'no-certificate', () => ({})],
    ['with an expired certificate', 'certificate-expired', () => authority.issue('/CN=nas-1', past)],
    ['with a certificate of another authority', 'certificate-untrusted', () => stranger.issue('/CN=nas-1')],
    [
      'with a certificate for servers alone',
      'certificate-wrong',
      () => authority.issue('/CN=x', { usage: 'serverAuth' }),
    ],
    ['with a certificate that fits no client', 'unknown-client', () => authority.issue('/CN=nas-9')],
    [
      'by TLS 1.1',
      'version-unsupported',
      () => ({ ...nas, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    ],
    ['with a wrong key', 'key-wrong', () => psk('nas-2', 'f'.repeat(32), 'TLSv1.3')],
    ['with a wrong key in TLS 1.2', 'key-wrong', () => psk('nas-2', 'f'.repeat(32), 'TLSv1.2')],
    ['with an unknown identity', 'no-certificate', () => psk('nas-3', KEY, 'TLSv1.3')],
    ['by ALPN of something else', 'alpn-mismatch', () => ({ ...nas, ALPNProtocols: ['h2'] })],
    [
      'by RADIUS/1.1 in TLS 1.2',
      'alpn-mismatch',
      () => ({ ...nas, ALPNProtocols: ['radius/1.1'], maxVersion: 'TLSv1.2' }),
    ],
  ];
  it.each(outsiders)('turns away whoever comes %s', async (_, reason, options) => {
    const { desk, port } = await listen({}, [client, pskClient('nas-2', KEY, { name: 'keyed' })]);
    await isTurnedAway(port, options());
    await desk.hasCounted(`radsec_handshake_failures_total{reason="${reason}"}`, 1);
    expect(await desk.count('radsec_connections')).toBe(0);
  });

  it('names the certificate that fits no client, once a minute', async () => {
    const { desk, port } = await listen();
    const other = authority.issue('/CN=nas-9', { san: 'DNS:nas-9.example.com' });
    for (let count = 0; count < 3; count += 1) await isTurnedAway(port, other);
    await desk.hasCounted('radsec_handshake_failures_total{reason="unknown-client"}', 3);
    const lines = desk.logger.lines.filter(({ level }) => level === 'warn');
    expect(lines).toHaveLength(1);
    expect(lines[0]!.fields).toMatchObject({ subject: 'CN=nas-9', subjectAltName: 'DNS:nas-9.example.com' });
  });

  it('ends a handshake that takes too long', async () => {
    const { desk, port } = await listen({ handshakeSeconds: 0.05 });
    await ended(connectTcp(port, '127.0.0.1'));
    await desk.hasCounted('radsec_handshake_failures_total{reason="time-out"}', 1);
  });

  it('ends what is not TLS', async () => {
    const { desk, port } = await listen();
    const socket = connectTcp(port, '127.0.0.1');
    socket.write(makeRequest());
    await ended(socket);
    await desk.hasCounted('radsec_handshake_failures_total{reason="not-tls"}', 1);
  });

  it('keeps no more half-open handshakes of one address than 64', async () => {
    const { desk, port } = await listen();
    const sockets = Array.from({ length: 65 }, () => connectTcp(port, '127.0.0.1').on('error', () => undefined));
    await desk.hasCounted('radsec_handshake_failures_total{reason="too-many-handshakes"}', 1);
    for (const socket of sockets) socket.destroy();
    await expect
      .poll(() =>
        open(port).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it('keeps no more connections than it may, of one client and in all', async () => {
    const { desk, port } = await listen({ maxConnectionsPerClient: 1, maxConnections: 2 }, [
      client,
      pskClient('nas-2', KEY, { name: 'keyed' }),
    ]);
    const first = await open(port);
    await isTurnedAway(port, nas);
    await desk.hasCounted('radsec_handshake_failures_total{reason="too-many-connections"}', 1);
    await open(port, psk('nas-2', KEY, 'TLSv1.3'));
    await desk.hasCounted('radsec_connections', 2);
    await isTurnedAway(port, nas);
    await desk.hasCounted('radsec_handshake_failures_total{reason="too-many-connections"}', 2);
    await first.close();
    await desk.hasCounted('radsec_connections', 1);
    await open(port);
  });

  it('takes packets that come in pieces, and several in one', async () => {
    const { port } = await listen();
    const caller = await open(port);
    const octets = framed(Buffer.from('pieces'));
    for (const octet of octets) {
      caller.socket.write(Buffer.from([octet]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    caller.send(Buffer.concat([framed(Buffer.from('two')), framed(Buffer.from('three'))]));
    const replies = [await caller.nextReply(), await caller.nextReply(), await caller.nextReply()];
    expect(replies.map((reply) => reply.subarray(20).toString())).toEqual(['pieces', 'two', 'three']);
  });

  it.each([
    ['a Length below 20', Buffer.from([1, 1, 0, 19])],
    ['a Length above 4096', Buffer.from([1, 1, 0x10, 1])],
    ['a web request', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('closes a connection that brings %s', async (_, octets) => {
    const { desk, port } = await listen();
    const caller = await open(port);
    caller.send(octets);
    await caller.closed;
    await desk.hasCounted('radsec_closed_total{reason="garbage"}', 1);
  });

  it('closes a connection after a packet that is malformed or wrongly signed, not after others that are dropped', async () => {
    const reasons = ['status-server-unsigned', 'malformed'] as const;
    let at = 0;
    const { desk, port } = await listen({}, [client], { receive: () => reasons[at++] });
    const caller = await open(port);
    caller.send(framed(Buffer.from('1')));
    await expect.poll(() => at).toBe(1);
    expect(await desk.count('radsec_connections')).toBe(1);
    caller.send(framed(Buffer.from('2')));
    await caller.closed;
  });

  it('closes a connection that is idle, half a packet or none', async () => {
    const fake = new FakeClock();
    const clock = { ...systemClock, monotonicMs: () => fake.monotonicMs(), setTimer: fake.setTimer.bind(fake) };
    const { desk, port } = await listen({ idleSeconds: 100 }, [client], { clock });
    const [busy, idle] = [await open(port), await open(port)];
    await desk.hasCounted('radsec_connections', 2);
    await fake.advance(60_000);
    busy.send(framed(Buffer.from('whole')));
    await busy.nextReply();
    idle.send(framed(Buffer.from('half')).subarray(0, 10));
    await fake.advance(60_000);
    await idle.closed;
    await desk.hasCounted('radsec_closed_total{reason="idle"}', 1);
    busy.send(framed(Buffer.from('whole')));
    await busy.nextReply();
  });

  it('drops a client that reads none of its replies', async () => {
    const replies = (): Buffer => framed(Buffer.alloc(4000));
    const { desk, port } = await listen({}, [client], {
      receive: (_, peer, sender) => {
        for (let count = 0; count < 4000; count += 1) sender.send(replies(), peer);
        return undefined;
      },
    });
    const caller = await open(port);
    caller.socket.pause();
    caller.send(framed(Buffer.from('all of it')));
    await desk.hasCounted('radsec_closed_total{reason="not-reading"}', 1);
  });

  it('sends a reply by its own connection or not at all', async () => {
    let late: (() => void) | undefined;
    const { desk, port } = await listen({}, [client], {
      receive: (datagram, peer, sender) => {
        late = () => sender.send(datagram, peer);
        return undefined;
      },
    });
    const caller = await open(port);
    caller.send(framed(Buffer.from('held')));
    await expect.poll(() => late).toBeDefined();
    await caller.close();
    await desk.hasCounted('radsec_connections', 0);
    const again = await open(port);
    late?.();
    expect(await desk.count('send_errors_total{error="connection-closed"}')).toBe(1);
    expect(again.socket.bytesRead).toBe(0);
  });

  it('uses certificate files that have changed, and keeps its connections', async () => {
    const [certFile, keyFile] = [join(authority.folder, 'live.pem'), join(authority.folder, 'live.key')];
    const install = (papers: Papers): void => {
      copyFileSync(papers.certFile, certFile);
      copyFileSync(papers.keyFile, keyFile);
    };
    install(server);
    const { desk, port } = await listen({ files: { cert: certFile, key: keyFile, ca: authority.caFile } });
    const old = await open(port);
    const renewed = authority.issue('/CN=gate-renewed', { san: 'DNS:localhost' });
    copyFileSync(renewed.certFile, certFile);
    const meanwhile = await open(port);
    expect(meanwhile.socket.getPeerCertificate().subject.CN).toBe('gate');
    expect(desk.logger.lines.map(({ message }) => message).join()).toContain('the old ones stay in force');
    install(renewed);
    const fresh = await open(port);
    expect(fresh.socket.getPeerCertificate().subject.CN).toBe('gate-renewed');
    old.send(framed(Buffer.from('still there')));
    expect((await old.nextReply()).subarray(20).toString()).toBe('still there');
  });

  it('ends connections whose client is gone after a reload, and keeps the others', async () => {
    const { desk, port } = await listen({}, [client, pskClient('nas-2', KEY, { name: 'keyed' })]);
    const [kept, keyed] = [await open(port), await open(port, psk('nas-2', KEY, 'TLSv1.3'))];
    await desk.hasCounted('radsec_connections', 2);
    desk.clients.replaceClients([client, pskClient('nas-2', 'e'.repeat(32), { name: 'keyed' })]);
    desk.listener.refresh();
    await keyed.closed;
    kept.send(framed(Buffer.from('kept')));
    expect((await kept.nextReply()).subarray(20).toString()).toBe('kept');
  });

  it('does not take up a session again: each connection shows its certificate', async () => {
    const { port } = await listen();
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const first = await open(port, { ...nas, maxVersion });
      const sessions: Buffer[] = [];
      first.socket.on('session', (session) => sessions.push(session));
      first.send(framed(Buffer.from('1')));
      await first.nextReply();
      const session = sessions.at(-1) ?? first.socket.getSession();
      const second = await open(port, { ...nas, maxVersion, ...(session && { session }) });
      expect(second.socket.isSessionReused()).toBe(false);
      await first.close();
      await second.close();
    }
  });
});

function psk(identity: string, key: string, version: 'TLSv1.2' | 'TLSv1.3'): ConnectionOptions {
  return {
    minVersion: version,
    maxVersion: version,
    ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-PSK-CHACHA20-POLY1305:PSK-AES128-GCM-SHA256',
    pskCallback: () => ({ identity, psk: Buffer.from(key) }),
    checkServerIdentity: () => undefined,
  };
}

function ended(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
