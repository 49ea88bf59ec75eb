import { EventEmitter, once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { Handshakes } from '../../../src/server/handshakes.ts';

const MAX_PER_ADDRESS = 64;
const servers: Server[] = [];
const peers: Socket[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.destroy();
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

/** A server that counts handshakes, on every IPv4 address of this machine. */
async function scene() {
  const handshakes = new Handshakes();
  const refusals: (string | undefined)[] = [];
  const server = createServer((socket) => {
    refusals.push(handshakes.begin(socket));
    socket.on('error', () => undefined).resume();
  });
  servers.push(server);
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async (host: string, localPort?: number): Promise<Socket> => {
    const before = refusals.length;
    const socket = connect({ host, port, localAddress: '127.0.0.1', ...(localPort !== undefined && { localPort }) });
    peers.push(socket);
    await once(socket, 'connect');
    await expect.poll(() => refusals.length).toBe(before + 1);
    return socket;
  };
  const end = async (...sockets: Socket[]): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => handshakes.count).toBe(0);
  };
  return { refusals, open, end };
}

describe('handshakes under way', () => {
  it('are told apart where one port of a peer leads to two addresses of ours', async () => {
    const { refusals, open, end } = await scene();
    const first = await open('127.0.0.1');
    const second = await open('127.0.0.2', first.localPort);
    await end(first, second);
    for (let count = 0; count <= MAX_PER_ADDRESS; count += 1) await open('127.0.0.1');
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(2 + MAX_PER_ADDRESS);
    expect(refusals.at(-1)).toBe('too-many-handshakes');
  });

  it('are each over once, where a peer resets one and comes again by the same port before that is noticed', () => {
    const handshakes = new Handshakes();
    const same = {
      remoteAddress: '192.0.2.1',
      remotePort: 40_000,
      localAddress: '192.0.2.2',
      destroy: () => undefined,
    };
    const [reset, again] = [0, 1].map(() => Object.assign(new EventEmitter(), same) as unknown as Socket);
    handshakes.begin(reset!);
    handshakes.begin(again!);
    expect(handshakes.count).toBe(2);
    reset!.emit('close');
    expect(handshakes.count).toBe(1);
    handshakes.end(again as TLSSocket);
    again!.emit('close');
    expect(handshakes.count).toBe(0);
    for (let remotePort = 1; remotePort <= MAX_PER_ADDRESS; remotePort += 1) {
      const other = Object.assign(new EventEmitter(), same, { remotePort }) as unknown as Socket;
      expect(handshakes.begin(other)).toBeUndefined();
    }
  });
});
