import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { converse, Program, run, type Turn } from '../support/process.ts';
import { freeTcpPort, makeFolder } from './loopback.ts';
import type { Session } from './pam.ts';
import { peerPath } from './presence.ts';

/** Debian's ocserv, a VPN server that shows challenges; its radcli 1.2.11 sends no Message-Authenticator. */
export interface Ocserv {
  readonly port: number;
  /**
   * Logs in through openconnect up to the session cookie, which needs no tunnel device: `Password:` is asked first, then
   * the server's Reply-Message is shown and `Password1:` (`Password2:` …) asked.
   */
  logIn(user: string, turns: readonly Turn[]): Promise<Session>;
  /** What ocserv printed. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts a VPN on 127.0.0.1 that asks the RADIUS server at 127.0.0.1:`port`; needs root. */
export async function startOcserv(radius: { port: number; secret: string }): Promise<Ocserv> {
  const port = await freeTcpPort();
  const folder = await makeFolder('ocserv');
  const pin = await makeCertificate(folder);
  await writeFile(join(folder, 'servers'), `127.0.0.1 ${radius.secret}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'radcli.conf'), radcliConfig(folder, radius.port));
  await writeFile(join(folder, 'ocserv.conf'), ocservConfig(folder, port));
  const program = await Program.start(peerPath('ocserv'), ['-f', '-d', '3', '-c', join(folder, 'ocserv.conf')]);
  const stop = async (): Promise<void> => {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await program.waitFor(/sec-mod initialized/);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    logIn: async (user, turns) => {
      const target = ['--authenticate', '--servercert', pin, '--user', user, `https://127.0.0.1:${port}`];
      const client = await Program.start(peerPath('openconnect'), target);
      const { status } = await converse(client, turns);
      return { isLoggedIn: status === 0 && client.stdout.includes('COOKIE='), transcript: client.stderr };
    },
    log: () => program.output,
    stop,
  };
}

/** Makes key.pem and cert.pem; gives the pin that openconnect is to insist on. */
async function makeCertificate(folder: string): Promise<string> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
  ];
  await openssl([
    'req',
    '-x509',
    ...kind,
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  const publicKey = await openssl(['x509', '-in', certificate, '-pubkey', '-noout']);
  const body = publicKey.replace(/-----.*-----|\s/g, '');
  return `pin-sha256:${createHash('sha256').update(body, 'base64').digest('base64')}`;
}

async function openssl(args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(peerPath('openssl'), args);
  if (status !== 0) throw new Error(`openssl ${args[0] ?? ''}: ${stderr}`);
  return stdout;
}

function radcliConfig(folder: string, radiusPort: number): string {
  return `nas-identifier ocserv
authserver 127.0.0.1:${radiusPort}
acctserver 127.0.0.1:${radiusPort}
servers ${folder}/servers
dictionary /etc/radcli/dictionary
default_realm
radius_timeout 10
radius_retries 1
bindaddr *
`;
}

function ocservConfig(folder: string, port: number): string {
  return `auth = "radius[config=${folder}/radcli.conf]"
listen-host = 127.0.0.1
tcp-port = ${port}
run-as-user = root
run-as-group = root
socket-file = ${folder}/socket
pid-file = ${folder}/pid
server-cert = ${folder}/cert.pem
server-key = ${folder}/key.pem
isolate-workers = false
max-clients = 16
max-same-clients = 4
max-ban-score = 0
auth-timeout = 60
cookie-timeout = 60
try-mtu-discovery = false
device = vpns
ipv4-network = 192.0.2.0/24
`;
}
