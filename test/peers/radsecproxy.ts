import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Authority, Papers } from '../support/authority.ts';
import { Program } from '../support/process.ts';
import { freeTcpPort, freeUdpPort, makeFolder } from './loopback.ts';
import { peerPath } from './presence.ts';

export interface RadsecproxyOptions {
  readonly authority: Authority;
  readonly papers: Papers;
  /** `front`: it is asked over UDP and asks by TLS; `behind`: the other way round. */
  readonly place: 'front' | 'behind';
  /** The shared secret over UDP. */
  readonly secret: string;
  /** Whom it asks, on 127.0.0.1. */
  readonly nextPort: number;
  /** Where accounting goes. Default: to `nextPort` as well. */
  readonly nextAccountingPort?: number;
}

/** Debian's radsecproxy on 127.0.0.1, between TLS and UDP. */
export interface Radsecproxy {
  readonly port: number;
  log(): string;
  stop(): Promise<void>;
}

/** Starts it with a configuration of its own. */
export async function startRadsecproxy(options: RadsecproxyOptions): Promise<Radsecproxy> {
  const port = await (options.place === 'front' ? freeUdpPort() : freeTcpPort());
  const folder = await makeFolder('radsecproxy');
  const file = join(folder, 'radsecproxy.conf');
  await writeFile(file, configText(options, port), { mode: 0o600 });
  const program = await Program.start(peerPath('radsecproxy'), ['-f', '-d', '2', '-c', file]);
  const stop = async (): Promise<void> => {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await program.waitFor(/listening for (udp|tls) on/i);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, log: () => program.output, stop };
}

function configText(options: RadsecproxyOptions, port: number): string {
  const { authority, papers, place, secret, nextPort, nextAccountingPort = nextPort } = options;
  const [asked, asks] = place === 'front' ? (['udp', 'tls'] as const) : (['tls', 'udp'] as const);
  const secretOf = (type: 'udp' | 'tls'): string => (type === 'tls' ? 'radsec' : secret);
  const inTls = (type: 'udp' | 'tls'): string => (type === 'tls' ? ' tls papers\n CertificateNameCheck off\n' : '');
  const server = (name: string, at: number): string => `server ${name} {
 host 127.0.0.1
 port ${at}
 type ${asks}
 secret ${secretOf(asks)}
${inTls(asks)}${asks === 'tls' ? ' StatusServer on\n' : ''}}
`;
  return `Listen${asked.toUpperCase()} 127.0.0.1:${port}
LogLevel 2
tls papers {
 CACertificateFile ${authority.caFile}
 CertificateFile ${papers.certFile}
 CertificateKeyFile ${papers.keyFile}
}
client asking {
 host 127.0.0.1
 type ${asked}
 secret ${secretOf(asked)}
${inTls(asked)}}
${server('next', nextPort)}${server('accounting', nextAccountingPort)}realm * {
 server next
 accountingServer accounting
}
`;
}
