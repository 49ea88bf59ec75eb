import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { RelayedRecord } from '../../../src/accounting/index.ts';
import type { HomeServerConfig } from '../../../src/config/index.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { noMetrics } from '../../../src/lib/metrics.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createAccountingRelay } from '../../../src/primary/index.ts';
import { Authority } from '../../support/authority.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { TlsHomeServer, type TlsScript } from '../../support/tls-home-server.ts';
import { steadyRandom } from './radius-subject.ts';

const authority = new Authority();
const home = authority.issue('/CN=home', { san: 'IP:127.0.0.1' });
const ours = authority.issue('/CN=gate');
const SESSION = 44;
const answer: TlsScript = (packet) =>
  packet.reply('Accounting-Response', [], { messageAuthenticator: packet.code === 'Status-Server' });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => authority.remove());

async function serve(script: TlsScript, ALPNProtocols: string[] = []): Promise<TlsHomeServer> {
  const server = await TlsHomeServer.start(script, { ...home, ca: authority.ca, ALPNProtocols });
  closing.push(() => server.stop());
  return server;
}

async function relayTo(servers: readonly TlsHomeServer[], statusServer = false) {
  const fake = new FakeClock();
  const clock = {
    nowMs: () => systemClock.nowMs(),
    monotonicMs: () => fake.monotonicMs(),
    setTimer: (delayMs: number, callback: () => void) => fake.setTimer(delayMs, callback),
  };
  const relay = createAccountingRelay(
    {
      ...{ name: 'corp', type: 'radius', timeoutSeconds: 3, attempts: 3, strategy: 'fail-over', sockets: 2 },
      ...{ statusServer, zombieSeconds: 20, deadSeconds: 60, eapIdentity: 'refuse' },
      servers: servers.map(configOf),
    },
    { clock, random: steadyRandom, logger: silentLogger, metrics: noMetrics },
  );
  closing.push(() => relay.stop());
  await relay.start();
  return { relay, clock: fake };
}

function configOf({ port }: TlsHomeServer): HomeServerConfig {
  const files = { cert: ours.certFile, key: ours.keyFile, ca: authority.caFile };
  return {
    ...{ address: '127.0.0.1', port, secret: Secret.fromText('radsec'), messageAuthenticator: 'when-present' },
    tls: { serverName: undefined, files, psk: undefined, radiusVersions: ['1.0', '1.1'] },
  };
}

const record = (session = 's-1'): RelayedRecord => ({
  id: 'one',
  attributes: [{ type: SESSION, value: Buffer.from(session) }],
  waitedMs: () => 0,
});

describe('accounting relayed to a home server of RadSec', () => {
  it('goes to its one port, many records by one connection', async () => {
    const server = await serve(answer);
    const { relay } = await relayTo([server]);
    const answered = await Promise.all(Array.from({ length: 100 }, (_, index) => relay.relay(record(`s-${index}`))));
    expect(answered.every(Boolean)).toBe(true);
    expect([server.connectionCount, server.asked.every(({ isHashed }) => isHashed)]).toEqual([1, true]);
  });

  it('is not sent a second time by the same connection, however long the answer takes', async () => {
    const held: (() => void)[] = [];
    const server = await serve((packet, count, connection) => void held.push(() => answer(packet, count, connection)));
    const { relay, clock } = await relayTo([server]);
    const result = relay.relay(record());
    await expect.poll(() => held.length).toBe(1);
    await clock.advance(8_000);
    held[0]?.();
    expect(await result).toBe(true);
    expect(server.asked).toHaveLength(1);
  });

  it('is sent again by a new connection when the first one ends, or to the next server', async () => {
    const server = await serve((packet, count, connection) => {
      if (count === 2) connection.destroy();
      else answer(packet, count, connection);
    });
    const { relay } = await relayTo([server]);
    await relay.relay(record());
    expect(await relay.relay(record('s-2'))).toBe(true);
    expect(server.connectionCount).toBe(2);
    const leaving = await serve((_, __, connection) => void connection.destroy());
    const second = await relayTo([leaving, await serve(answer)]);
    expect(await second.relay.relay(record())).toBe(true);
  });

  it('counts as lost where every connection ends before an answer, and ends', async () => {
    const server = await serve((_, __, connection) => void connection.destroy());
    const { relay, clock } = await relayTo([server]);
    const result = relay.relay(record());
    await expect.poll(() => server.connections.size + server.asked.length).toBe(1);
    await clock.advance(60_000);
    expect(await result).toBe(false);
    expect(server.asked.length).toBeLessThanOrEqual(3);
  });

  it('is not answered by an Access-Accept; Status-Server on the quiet connection is', async () => {
    const server = await serve((packet) => packet.accept());
    const { relay, clock } = await relayTo([server], true);
    await clock.advance(35_000);
    await expect.poll(() => server.asked.map(({ code }) => code)).toContain('Status-Server');
    const connections = server.connectionCount;
    const result = relay.relay(record());
    await expect.poll(() => server.asked.at(-1)?.code).toBe('Accounting-Request');
    await clock.advance(12_000);
    expect(server.connectionCount).toBe(connections);
    await clock.advance(60_000);
    expect(await result).toBe(false);
  });

  it('goes without authenticators in RADIUS/1.1, and is answered by its Token', async () => {
    const server = await serve(answer, ['radius/1.1']);
    server.script11 = (octets, connection) => {
      const other = Buffer.concat([Buffer.from([5, 0, 0, 20, 0xff]), octets.subarray(5, 20)]);
      connection.write(other);
      const reply = Buffer.concat([Buffer.from([5, 0, 0, 20]), octets.subarray(4, 20)]);
      if (octets.includes('s-2')) connection.write(reply);
    };
    const { relay, clock } = await relayTo([server]);
    const unanswered = relay.relay(record());
    expect(await relay.relay(record('s-2'))).toBe(true);
    expect(server.asked11[0]?.subarray(8, 20)).toEqual(Buffer.alloc(12));
    await clock.advance(60_000);
    expect(await unanswered).toBe(false);
  });
});
