import { afterAll, describe, expect, it } from 'vitest';
import type { Receive } from '../../../src/server/listener.ts';
import { Authority } from '../../support/authority.ts';
import { TlsNas } from '../../support/tls-nas.ts';
import { certificateClient, RadsecDesk, radsecOptions } from './radsec-desk.ts';

const authority = new Authority();
const server = authority.issue('/CN=gate', { san: 'DNS:localhost' });
const nas = authority.issue('/CN=nas-1', { san: 'DNS:nas-1.example.com' });
afterAll(() => authority.remove());

/** An Access-Request of RADIUS/1.1 (RFC 9765 §4.1) with that many octets. */
function request11(octets: number): Buffer {
  const attributes: Buffer[] = [];
  for (let left = octets - 20; left > 0;) {
    const length = left > 255 ? Math.min(255, left - 2) : left;
    attributes.push(Buffer.alloc(length).fill(Buffer.from([25, length]), 0, 2));
    left -= length;
  }
  const header = Buffer.alloc(20);
  header[0] = 1;
  header.writeUInt16BE(octets, 2);
  return Buffer.concat([header, ...attributes]);
}

describe('a request of RADIUS/1.1 that is too long once it is signed', () => {
  it('is dropped and counted; the connection, and the logins of others by it, go on', async () => {
    const taken: number[] = [];
    const receive: Receive = (datagram) => void taken.push(datagram.length);
    const desk = new RadsecDesk(
      [certificateClient({ dns: ['nas-1.example.com'] })],
      radsecOptions(authority, server),
      receive,
    );
    const { port } = await desk.listener.start();
    const caller = await TlsNas.open({ port, ca: authority.ca, ...nas, ALPNProtocols: ['radius/1.1'] });
    for (const octets of [4078, 4079, 4096]) caller.send(request11(octets));
    await desk.hasCounted('dropped_packets_total{reason="too-long"}', 2);
    caller.send(request11(100));
    await expect.poll(() => taken).toEqual([4096, 118]);
    expect(await desk.count('radsec_connections')).toBe(1);
    await caller.close();
    await desk.listener.stop();
  });
});
