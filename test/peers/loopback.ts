import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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

/** A new folder of mode 0700 for one peer's files. */
export function makeFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `sallyport-${name}-`));
}
