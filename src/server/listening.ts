import { isIP, type Server } from 'node:net';

/** Binds a server; rejects with the system's error, also where the host is a name instead of an address. */
export function listening(
  server: Server,
  options: { host: string; port: number; ipv6Only: boolean; exclusive: boolean },
) {
  return new Promise<void>((resolve, reject) => {
    if (isIP(options.host) === 0) throw new Error('not an address');
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
