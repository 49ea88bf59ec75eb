import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Program, run } from '../support/process.ts';
import { freeTcpPort, makeFolder } from './loopback.ts';
import { peerPath } from './presence.ts';

/** Debian's openvpn with openvpn-auth-radius 2.1, which takes an Access-Challenge for a refusal and sends accounting. */
export interface OpenVpn {
  /** Connects as a user, without a tunnel device of its own; stop it. */
  connect(user: string, password: string): Promise<Program>;
  /** What the server printed. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts a VPN on 127.0.0.1 that asks the RADIUS server at 127.0.0.1:`port`, accounting there too; needs root and /dev/net/tun. */
export async function startOpenVpn(radius: { port: number; secret: string }): Promise<OpenVpn> {
  const port = await freeTcpPort();
  const folder = await makeFolder('openvpn');
  await makeCertificate(folder);
  const config = join(folder, 'server.conf');
  await writeFile(config, serverConfig(folder, port));
  await writeFile(join(folder, 'radius.cnf'), pluginConfig(folder, radius), { mode: 0o600 });
  const program = await Program.start(peerPath('openvpn'), ['--config', config]);
  const stop = async (): Promise<void> => {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await program.waitFor(/Initialization Sequence Completed/);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    connect: async (user, password) => {
      const file = join(folder, `client-${user}.conf`);
      await writeFile(join(folder, user), `${user}\n${password}\n`, { mode: 0o600 });
      await writeFile(file, clientConfig(folder, port, user));
      return Program.start(peerPath('openvpn'), ['--config', file]);
    },
    log: () => program.output,
    stop,
  };
}

async function makeCertificate(folder: string): Promise<void> {
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
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const { status, stderr } = await run(peerPath('openssl'), ['req', '-x509', ...kind, ...files]);
  if (status !== 0) throw new Error(`openssl: ${stderr}`);
}

// The plugin reads the file, too: it looks for `status`.
function serverConfig(folder: string, port: number): string {
  return `local 127.0.0.1
port ${port}
proto tcp-server
dev tun
ifconfig-noexec
mode server
tls-server
topology subnet
ifconfig 192.0.2.1 255.255.255.0
ifconfig-pool 192.0.2.2 192.0.2.20 255.255.255.0
push "topology subnet"
dh none
ca ${folder}/cert.pem
cert ${folder}/cert.pem
key ${folder}/key.pem
verify-client-cert none
username-as-common-name
duplicate-cn
keepalive 10 60
tmp-dir ${folder}
status ${folder}/status.log 1
plugin ${peerPath('radiusplugin.so')} ${folder}/radius.cnf
`;
}

function pluginConfig(folder: string, { port, secret }: { port: number; secret: string }): string {
  return `NAS-Identifier=OpenVpn
Service-Type=5
Framed-Protocol=1
NAS-Port-Type=5
NAS-IP-Address=127.0.0.1
OpenVPNConfig=${folder}/server.conf
subnet=255.255.255.0
overwriteccfiles=false
useauthcontrolfile=true
server
{
\tacctport=${port}
\tauthport=${port}
\tname=127.0.0.1
\tretry=1
\twait=15
\tsharedsecret=${secret}
}
`;
}

function clientConfig(folder: string, port: number, user: string): string {
  return `client
remote 127.0.0.1 ${port} tcp-client
dev null
ifconfig-noexec
route-noexec
ca ${folder}/cert.pem
auth-user-pass ${folder}/${user}
auth-retry none
connect-retry-max 1
`;
}
