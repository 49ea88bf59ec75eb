import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '../support/process.ts';

/** A UDP port of 127.0.0.1 that nobody uses now, for programs that cannot choose one themselves. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** The same with four digits at most, for programs that read no more. */
export async function freeShortUdpPort(): Promise<number> {
  for (;;) {
    const port = randomInt(2_000, 10_000);
    const socket = createSocket('udp4');
    const bound = once(socket.bind(port, '127.0.0.1'), 'listening').then(
      () => true,
      () => false,
    );
    const isFree = await bound;
    socket.close();
    if (isFree) return port;
  }
}

/** A TCP port of 127.0.0.1 that nobody uses now, for programs that cannot choose one themselves. */
export async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return address.port;
}

/** Resolves once a program listens there: not all of them do when they say that they start. Rejects when it ends. */
export async function waitForTcpPort(program: Program, address: string, port: number): Promise<void> {
  while (program.exit === undefined) {
    if (await isListening(address, port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`ended before it listened on ${address}:${port}:\n${program.output}`);
}

async function isListening(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A new folder of mode 0700 for one peer's files. */
export function makeFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `sallyport-${name}-`));
}
