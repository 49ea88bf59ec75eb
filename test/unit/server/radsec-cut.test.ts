import { createServer, connect as connectTcp, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import type { ClientConfig } from '../../../src/config/index.ts';
import type { Receive } from '../../../src/server/listener.ts';
import { Authority } from '../../support/authority.ts';
import { TlsNas } from '../../support/tls-nas.ts';
import { certificateClient, RadsecDesk, radsecOptions } from './radsec-desk.ts';
import { makeRequest } from './wire.ts';

const authority = new Authority();
const server = authority.issue('/CN=gate', { san: 'DNS:localhost' });
const nas = authority.issue('/CN=nas-1');
const named = { commonName: ['nas-1'] };
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
afterAll(() => authority.remove());

async function listen(clients: readonly ClientConfig[] = [certificateClient(named)]) {
  const taken: Buffer[] = [];
  const receive: Receive = (datagram, peer, sender) => {
    taken.push(datagram);
    sender.send(datagram, peer);
    return undefined;
  };
  const desk = new RadsecDesk(clients, radsecOptions(authority, server), receive, systemClock);
  const { port } = await desk.listener.start();
  cleanUps.push(() => desk.listener.stop());
  return { desk, port, taken };
}

const open = async (port: number): Promise<TlsNas> => {
  const caller = await TlsNas.open({ port, ca: authority.ca, ...nas });
  cleanUps.push(() => caller.close());
  return caller;
};

/** A line to that port that can be cut: of what comes next it brings so many octets to the listener, and ends. */
async function lineTo(port: number) {
  let left = Infinity;
  const sockets: Socket[] = [];
  const line = createServer((near) => {
    const far = connectTcp(port, '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    far.on('data', (octets) => near.write(octets));
    far.on('close', () => near.destroy());
    near.on('data', (octets: Buffer) => {
      const passed = octets.subarray(0, left);
      left -= passed.length;
      far.write(passed);
      if (left === 0) far.end();
    });
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    line.close();
  });
  return { port: (line.address() as AddressInfo).port, cutAfter: (octets: number) => (left = octets) };
}

describe('a RadSec connection that is cut', () => {
  it('in the middle of a TLS record ends, answers nothing, and leaves the others alone', async () => {
    const { desk, port, taken } = await listen();
    const line = await lineTo(port);
    const [other, cut] = [await open(port), await open(line.port)];
    await desk.hasCounted('radsec_connections', 2);
    line.cutAfter(40);
    cut.send(makeRequest());
    await cut.closed;
    await desk.hasCounted('radsec_connections', 1);
    expect(taken).toEqual([]);
    expect(cut.socket.bytesRead).toBe(0);
    other.send(makeRequest());
    await other.nextReply();
  });

  it('in the middle of the handshake is nobody, and its place is free again', async () => {
    const { desk, port } = await listen();
    const line = await lineTo(port);
    line.cutAfter(100);
    await expect(open(line.port)).rejects.toThrow();
    await desk.hasCounted('radsec_handshake_failures_total{reason="broken"}', 1);
    expect(await desk.count('radsec_connections')).toBe(0);
    await open(port);
  });

  it.each([
    ['ended', (caller: TlsNas) => void caller.socket.end()],
    ['broken off', (caller: TlsNas) => void caller.socket.destroy()],
  ])('in the middle of a packet, and %s, takes half a packet for none', async (_, leave) => {
    const { desk, port, taken } = await listen();
    const caller = await open(port);
    const request = makeRequest();
    caller.send(Buffer.concat([request, request.subarray(0, request.length - 1)]));
    await caller.nextReply();
    leave(caller);
    await caller.closed;
    await desk.hasCounted('radsec_closed_total{reason="peer"}', 1);
    expect(taken).toEqual([request]);
  });

  it('or comes from another address than that of its client, is turned away with the right certificate', async () => {
    const { desk, port } = await listen([certificateClient(named, { address: ['192.0.2.0/24', '127.0.0.2'] })]);
    const caller = await open(port);
    await caller.closed;
    await desk.hasCounted('radsec_handshake_failures_total{reason="unknown-client"}', 1);
    const near = await TlsNas.open({ port, ca: authority.ca, ...nas, localAddress: '127.0.0.2' });
    near.send(makeRequest());
    await near.nextReply();
    await near.close();
  });
});
