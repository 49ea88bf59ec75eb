import { afterAll, describe, expect, it } from 'vitest';
import { noMetrics } from '../../../src/lib/metrics.ts';
import { createUdpListener } from '../../../src/server/listener-udp.ts';
import { listenerContract, type ListenerKind } from '../../contract/listener.ts';
import { Nas } from '../../support/nas.ts';
import { rememberingLogger } from './desk.ts';

const udp: ListenerKind = {
  make: (deps, at) => createUdpListener(deps, { protocol: 'udp', ipv6Only: true, ...at }),
  call: (at) => Nas.open({ secret: 'unused', ...at }),
};

listenerContract('UDP over IPv4', '127.0.0.1', udp);
listenerContract('UDP over IPv6', '::1', udp);

describe('a UDP listener', () => {
  const logger = rememberingLogger();
  const peers: string[] = [];
  const listener = createUdpListener(
    {
      logger,
      metrics: noMetrics,
      receive: (datagram, peer, sender) => {
        peers.push(peer.address);
        sender.send(datagram, peer);
      },
    },
    { protocol: 'udp', address: '::', port: 0, ipv6Only: false },
  );
  afterAll(() => listener.stop());

  it('serves both families on `::` when IPv4 is not left to another', async () => {
    const { port } = await listener.start();
    for (const address of ['127.0.0.1', '::1']) {
      const nas = await Nas.open({ secret: 'unused', address, port });
      nas.send(Buffer.from(address));
      expect((await nas.nextReply()).toString()).toBe(address);
      await nas.close();
    }
    expect(peers).toEqual(['::ffff:127.0.0.1', '::1']);
  });

  it('says at debug how much the kernel grants for bursts', () => {
    const [line] = logger.lines.filter(({ level }) => level === 'debug');
    expect(line?.fields['grantedOctets']).toBeGreaterThan(0);
  });
});
