import type { ClientConfig, Config } from './config.ts';
import type { Finding, Path } from './problem.ts';

/** What a client is set to that cannot work as it stands. */
export function accountingWarnings(client: ClientConfig, path: Path, { server }: Config): Finding[] {
  const { accounting, disconnect, tls } = client;
  const protocol = tls === undefined ? 'udp' : 'radsec';
  const isServed = server.listen.some(
    (at) => at.protocol === protocol && (at.serves?.includes('accounting') ?? protocol === 'radsec'),
  );
  return [
    ...(accounting !== undefined && !isServed
      ? [{ path: [...path, 'accounting'], message: 'no listener of `server.listen` has `serves: [accounting]`' }]
      : []),
    ...(disconnect !== undefined && accounting === undefined
      ? [{ path: [...path, 'disconnect'], message: 'without `accounting` no session of this NAS is known' }]
      : []),
  ];
}
