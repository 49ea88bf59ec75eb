import type { TlsOptions } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { HomeServerConfig, HomeServerTlsConfig } from '../../../src/config/index.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { noMetrics } from '../../../src/lib/metrics.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createRadiusPrimary, type RadiusPrimaryOptions } from '../../../src/primary/index.ts';
import { passwordRequest, primaryContract } from '../../contract/primary.ts';
import { Authority, type Papers } from '../../support/authority.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { acceptAll, ScriptedHomeServer } from '../../support/home-server.ts';
import { TlsHomeServer, type TlsScript } from '../../support/tls-home-server.ts';
import { steadyRandom } from './radius-subject.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const authority = new Authority();
const stranger = new Authority('Another authority');
const home = authority.issue('/CN=home', { san: 'DNS:home.example.com,IP:127.0.0.1' });
const ours = authority.issue('/CN=gate');
const LOGIN = passwordRequest('alice', 'correct horse');
const accept: TlsScript = (packet) => packet.accept();

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => {
  authority.remove();
  stranger.remove();
});

function inTls(port: number, tls: Partial<HomeServerTlsConfig> = {}): HomeServerConfig {
  return {
    address: '127.0.0.1',
    port,
    secret: Secret.fromText('radsec'),
    messageAuthenticator: 'when-present',
    tls: {
      serverName: 'home.example.com',
      files: { cert: ours.certFile, key: ours.keyFile, ca: authority.caFile },
      psk: undefined,
      radiusVersions: ['1.0', '1.1'],
      ...tls,
    },
  };
}

function subject(servers: readonly HomeServerConfig[], more: Partial<RadiusPrimaryOptions> = {}) {
  const fake = new FakeClock();
  // Certificates are dated by the machine's clock.
  const clock = {
    nowMs: () => systemClock.nowMs(),
    monotonicMs: () => fake.monotonicMs(),
    setTimer: (delayMs: number, callback: () => void) => fake.setTimer(delayMs, callback),
  };
  const primary = createRadiusPrimary(
    {
      ...{ name: 'corp', type: 'radius', servers, timeoutSeconds: 3, attempts: 3, strategy: 'fail-over', sockets: 2 },
      ...{ statusServer: false, zombieSeconds: 20, deadSeconds: 60, eapIdentity: 'refuse', ...more },
    },
    { clock, random: steadyRandom, logger: silentLogger, metrics: noMetrics },
  );
  closing.push(() => primary.stop());
  return { primary, clock: fake };
}

async function serve(script: TlsScript, options: TlsOptions & { port?: number } = {}): Promise<TlsHomeServer> {
  const server = await TlsHomeServer.start(script, { cert: home.cert, key: home.key, ca: authority.ca, ...options });
  closing.push(() => server.stop());
  return server;
}

primaryContract('radius in TLS', async () => {
  const passwords = new Map<string, Buffer>();
  const server = await TlsHomeServer.start(
    (packet) => {
      const isRight = packet.password !== undefined && passwords.get(packet.username)?.equals(packet.password) === true;
      if (isRight) packet.accept();
      else packet.reject();
    },
    { cert: home.cert, key: home.key, ca: authority.ca },
  );
  return {
    primary: subject([inTls(server.port)]).primary,
    addUser: (username, password) => Promise.resolve(void passwords.set(username, password)),
    close: () => server.stop(),
  };
});

describe('a home server of RadSec', () => {
  it('is shown our certificate, and asked over one connection with many questions', async () => {
    const names: string[] = [];
    const server = await serve((packet, _, connection) => {
      names.push(String(connection.getPeerCertificate().subject.CN));
      packet.accept();
    });
    const { primary } = subject([inTls(server.port)]);
    await primary.start();
    const results = await Promise.all(Array.from({ length: 100 }, () => primary.authenticate(LOGIN)));
    expect(results.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(server.connectionCount).toBe(1);
    expect(names[0]).toBe('gate');
    expect(server.asked[0]?.isSigned).toBe(true);
  });

  it('gets a further connection when the identifiers of one run short', async () => {
    const waiting: (() => void)[] = [];
    const server = await serve((packet) => void waiting.push(() => packet.accept()));
    const { primary } = subject([inTls(server.port)]);
    await primary.start();
    const asked = Array.from({ length: 400 }, () => primary.authenticate(LOGIN));
    await expect.poll(() => waiting.length).toBe(400);
    expect(server.connectionCount).toBe(2);
    for (const answer of waiting) answer();
    expect((await Promise.all(asked)).every(({ kind }) => kind === 'accepted')).toBe(true);
  });

  const past = { notBefore: '20200101000000Z', notAfter: '20210101000000Z', san: 'DNS:home.example.com' };
  const impostors: readonly [string, () => Papers][] = [
    ['another name', () => authority.issue('/CN=home.example.com', { san: 'DNS:other.example.com' })],
    ['an authority that is not ours', () => stranger.issue('/CN=home', { san: 'DNS:home.example.com' })],
    ['a date that is over', () => authority.issue('/CN=home', past)],
    ['no right to be a server', () => authority.issue('/CN=x', { usage: 'clientAuth', san: 'DNS:home.example.com' })],
  ];
  it.each(impostors)('is not asked when its certificate has %s: the next server is, over UDP', async (_, issue) => {
    const { cert, key } = issue();
    const impostor = await serve(accept, { cert, key });
    const other = await ScriptedHomeServer.start(acceptAll);
    closing.push(() => other.stop());
    const overUdp: HomeServerConfig = {
      address: other.address,
      port: other.port,
      secret: Secret.fromText(other.secret),
      messageAuthenticator: 'required',
    };
    const { primary } = subject([inTls(impostor.port), overUdp]);
    await primary.start();
    expect(await primary.authenticate(LOGIN)).toMatchObject({ kind: 'accepted' });
    expect(impostor.asked).toHaveLength(0);
    expect(other.asked).toHaveLength(1);
  });

  it('must bear its address where no name is given', async () => {
    const named = await serve(accept, authority.issue('/CN=home', { san: 'DNS:home.example.com' }));
    const { primary } = subject([inTls(named.port, { serverName: undefined })]);
    await primary.start();
    expect(await primary.authenticate(LOGIN)).toMatchObject({ kind: 'unavailable' });
    const addressed = await serve(accept);
    const second = subject([inTls(addressed.port, { serverName: undefined })]).primary;
    await second.start();
    expect(await second.authenticate(LOGIN)).toMatchObject({ kind: 'accepted' });
  });

  it('is asked nothing a second time by the same connection, however long it takes', async () => {
    const held: (() => void)[] = [];
    const server = await serve((packet) => void held.push(() => packet.accept()));
    const { primary, clock } = subject([inTls(server.port)]);
    await primary.start();
    const result = primary.authenticate(LOGIN);
    await expect.poll(() => held.length).toBe(1);
    await clock.advance(8_000);
    held[0]?.();
    expect(await result).toMatchObject({ kind: 'accepted' });
    expect(server.asked).toHaveLength(1);
  });

  it('is asked again by a new connection, under a new authenticator, when the first one ends', async () => {
    const server = await serve((packet, count, connection) => {
      if (count === 2) connection.destroy();
      else packet.accept();
    });
    const { primary } = subject([inTls(server.port)]);
    await primary.start();
    await primary.authenticate(LOGIN);
    expect(await primary.authenticate(LOGIN)).toMatchObject({ kind: 'accepted' });
    expect(server.connectionCount).toBe(2);
    expect(server.asked[1]?.decoded.authenticator).not.toEqual(server.asked[2]?.decoded.authenticator);
  });

  it('is left for the next one when its connection ends', async () => {
    const leaving = await serve((_, __, connection) => void connection.destroy());
    const staying = await serve(accept);
    const { primary } = subject([inTls(leaving.port), inTls(staying.port)]);
    await primary.start();
    expect(await primary.authenticate(LOGIN)).toMatchObject({ kind: 'accepted' });
  });

  it('is found again once it is back', async () => {
    const server = await serve(accept);
    const { port } = server;
    const { primary, clock } = subject([inTls(port)]);
    await primary.start();
    await primary.authenticate(LOGIN);
    await server.stop();
    const result = primary.authenticate(LOGIN);
    await clock.advance(4_000);
    expect((await result).kind).toBe('unavailable');
    await serve(accept, { port });
    await clock.advance(10_000);
    expect(await primary.authenticate(LOGIN)).toMatchObject({ kind: 'accepted' });
  });

  it('is hung up on when it sends what is no packet', async () => {
    const server = await serve((packet, count, connection) => {
      if (count === 1) connection.write('no packet at all, but text');
      else packet.accept();
    });
    const { primary, clock } = subject([inTls(server.port)]);
    await primary.start();
    const result = primary.authenticate(LOGIN);
    expect(await result).toMatchObject({ kind: 'unavailable' });
    await clock.advance(1_000);
    expect(await primary.authenticate(LOGIN)).toMatchObject({ kind: 'accepted' });
  });

  it('is asked by Status-Server while it is quiet, and left when that gets no answer', async () => {
    let answers = true;
    const server = await serve((packet) => {
      if (answers) packet.accept();
    });
    const { primary, clock } = subject([inTls(server.port)], { statusServer: true });
    await primary.start();
    await primary.authenticate(LOGIN);
    await clock.advance(31_000);
    // Answers come in order: after this one, that to Status-Server is there.
    await primary.authenticate(LOGIN);
    expect(server.asked.map(({ code }) => code)).toContain('Status-Server');
    await clock.advance(11_000);
    expect(server.connections.size).toBe(1);
    answers = false;
    const before = server.connectionCount;
    await clock.advance(38_000);
    await expect.poll(() => server.connectionCount, { timeout: 10_000 }).toBeGreaterThan(before);
  });

  it('shares a key in advance where no certificate is wanted', async () => {
    const options = {
      pskCallback: () => Buffer.from(KEY),
      requestCert: false,
      ciphers: 'TLS_AES_128_GCM_SHA256:PSK-AES128-GCM-SHA256',
    };
    const psk = { identity: 'gate', key: Secret.fromText(KEY) };
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const server = await serve(accept, { ...options, maxVersion });
      const { primary } = subject([inTls(server.port, { psk, files: {} })]);
      await primary.start();
      expect(await primary.authenticate(LOGIN)).toMatchObject({ kind: 'accepted' });
    }
  });

  it('cannot put a certificate, even a good one, in the place of the key', async () => {
    const server = await serve(accept, { requestCert: false });
    const psk = { identity: 'gate', key: Secret.fromText(KEY) };
    const { primary } = subject([inTls(server.port, { psk, files: {} })]);
    await primary.start();
    expect((await primary.authenticate(LOGIN)).kind).toBe('unavailable');
    expect(server.connectionCount).toBe(0);
  });
});

describe('a home server of RADIUS/1.1 (RFC 9765)', () => {
  const serve11 = async (script11: TlsHomeServer['script11']): Promise<TlsHomeServer> => {
    const server = await serve(accept, { ALPNProtocols: ['radius/1.1'] });
    server.script11 = script11;
    return server;
  };
  const attribute = (type: number, value: Buffer): Buffer =>
    Buffer.concat([Buffer.from([type, value.length + 2]), value]);
  const reply = (request: Buffer, code: number, attributes: readonly Buffer[] = [], token = request.subarray(4, 8)) => {
    const body = Buffer.concat(attributes);
    const header = Buffer.alloc(20);
    header[0] = code;
    header.writeUInt16BE(20 + body.length, 2);
    token.copy(header, 4);
    return Buffer.concat([header, body]);
  };

  it('gets the password in clear, no Message-Authenticator, and a Token', async () => {
    const server = await serve11((octets, connection) => connection.write(reply(octets, 2)));
    const { primary } = subject([inTls(server.port)]);
    await primary.start();
    expect(await primary.authenticate(LOGIN)).toMatchObject({ kind: 'accepted' });
    await primary.authenticate(LOGIN);
    const [first, second] = server.asked11;
    expect(first?.includes(attribute(2, Buffer.from('correct horse')))).toBe(true);
    expect(first?.includes(Buffer.from([80, 18]))).toBe(false);
    expect(first?.subarray(8, 20)).toEqual(Buffer.alloc(12));
    expect(first?.[1]).toBe(0);
    expect(first?.subarray(4, 8)).not.toEqual(second?.subarray(4, 8));
  });

  it('gives keys and tunnel passwords in clear', async () => {
    const key = Buffer.alloc(32, 7);
    const vendor = Buffer.concat([Buffer.from([0, 0, 1, 55, 16, 34]), key]);
    const tunnel = Buffer.concat([Buffer.from([1]), Buffer.from('tunnel secret')]);
    const server = await serve11((octets, connection) => {
      connection.write(reply(octets, 2, [attribute(26, vendor), attribute(69, tunnel)]));
    });
    const { primary } = subject([inTls(server.port)]);
    await primary.start();
    expect(await primary.authenticate(LOGIN)).toEqual({
      kind: 'accepted',
      attributes: [
        { type: 26, value: vendor, hidden: 'salted' },
        { type: 69, value: tunnel, hidden: 'salted' },
      ],
    });
  });

  it('may send what is too long for RADIUS/1.0: that login waits in vain, the others by the connection do not', async () => {
    const tooLong = [
      Array.from({ length: 16 }, () => attribute(25, Buffer.alloc(252))),
      [attribute(69, Buffer.alloc(250, 65))],
      [attribute(26, Buffer.concat([Buffer.from([0, 0, 1, 55, 16, 249]), Buffer.alloc(247)]))],
    ];
    const server = await serve11((octets, connection) => {
      const [attributes] = tooLong.splice(0, 1);
      connection.write(attributes === undefined ? reply(octets, 3) : reply(octets, 2, attributes));
    });
    const { primary, clock } = subject([inTls(server.port)], { attempts: 1 });
    await primary.start();
    const count = tooLong.length;
    const waiting = tooLong.map(() => primary.authenticate(LOGIN));
    expect(await primary.authenticate(LOGIN)).toMatchObject({ kind: 'rejected' });
    await clock.advance(4_000);
    const results = await Promise.all(waiting);
    expect(results.map(({ kind }) => kind)).toEqual(new Array(count).fill('unavailable'));
    expect(server.connectionCount).toBe(1);
  });

  it('is not believed under another Token', async () => {
    const server = await serve11((octets, connection) => {
      const other = Buffer.from(octets.subarray(4, 8));
      other[0] = 0xff;
      connection.write(Buffer.concat([reply(octets, 2, [], other), reply(octets, 3)]));
    });
    const { primary } = subject([inTls(server.port)]);
    await primary.start();
    expect(await primary.authenticate(LOGIN)).toMatchObject({ kind: 'rejected' });
  });
});
