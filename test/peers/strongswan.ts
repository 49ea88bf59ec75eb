import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Program, run } from '../support/process.ts';
import { makeFolder } from './loopback.ts';
import { peerPath } from './presence.ts';

/** A VPN by IKEv2 that asks us, and one device that dials in; each in its own place in the network. */
export interface Vpn {
  /** Dials in as this user; resolves when it is in, or is not. */
  dial(user: string, password: string): Promise<{ readonly isIn: boolean; readonly transcript: string }>;
  /** Virtual addresses that the device has. */
  addresses(): Promise<string>;
  hangUp(): Promise<void>;
  log(): string;
  stop(): Promise<void>;
}

const PLUGINS =
  'aes sha1 sha2 md5 hmac kdf gmp random nonce pem pkcs1 pkcs8 x509 pubkey constraints openssl ' +
  'kernel-libipsec kernel-netlink socket-default vici eap-identity';
const DEVICE = 'sallyport-device';
const POOL = '198.51.100.16/28';
const SERVER = '198.18.43.1';
// What the tunnel leads to.
const BEHIND = '198.18.43.129';

/** Starts both; the VPN asks 127.0.0.1 at that port. Needs root: it makes a network of its own for the device. */
export async function startVpn(radius: { readonly port: number; readonly secret: string }): Promise<Vpn> {
  const folder = await makeFolder('vpn');
  const programs: Program[] = [];
  const stop = async (): Promise<void> => {
    for (const program of programs) await program.stop();
    await run(peerPath('ip'), ['netns', 'delete', DEVICE]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await connect();
    await makeKeys(folder);
    await writeFile(join(folder, 'server.conf'), daemonConfig(folder, 'server', radiusSection(radius)));
    await writeFile(join(folder, 'device.conf'), daemonConfig(folder, 'device', ''));
    await writeFile(join(folder, 'server', 'swanctl.conf'), serverConfig());
    const charon = peerPath('charon-systemd');
    const env = (name: string) => ({ env: { STRONGSWAN_CONF: join(folder, `${name}.conf`) } });
    programs.push(await Program.start(charon, [], env('server')));
    programs.push(await Program.start(peerPath('ip'), ['netns', 'exec', DEVICE, charon], env('device')));
    for (const program of programs) await program.waitFor(/loaded plugins/);
    await load(folder, 'server');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async dial(user, password) {
      await writeFile(join(folder, 'device', 'swanctl.conf'), deviceConfig(user, password), { mode: 0o600 });
      await load(folder, 'device');
      const { status, stdout, stderr } = await swanctl(folder, 'device', ['--initiate', '--child', 'vpn']);
      return { isIn: status === 0, transcript: stdout + stderr };
    },
    addresses: async () => (await swanctl(folder, 'device', ['--list-sas'])).stdout,
    hangUp: async () => {
      await swanctl(folder, 'device', ['--terminate', '--ike', 'vpn']);
    },
    log: () => programs.map(({ output }) => output).join('\n---\n'),
    stop,
  };
}

async function mustRun(program: string, args: readonly string[], cwd = '/'): Promise<void> {
  const { status, stderr } = await run(program, args, { cwd });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

// A cable between here and there; addresses of RFC 2544, which nobody's network has.
async function connect(): Promise<void> {
  await run(peerPath('ip'), ['netns', 'delete', DEVICE]);
  await mustRun(peerPath('ip'), ['netns', 'add', DEVICE]);
  await mustRun(peerPath('ip'), ['link', 'add', 'sally0', 'type', 'veth', 'peer', 'name', 'sally1', 'netns', DEVICE]);
  await mustRun(peerPath('ip'), ['addr', 'add', `${SERVER}/30`, 'dev', 'sally0']);
  await mustRun(peerPath('ip'), ['addr', 'add', `${BEHIND}/32`, 'dev', 'sally0']);
  await mustRun(peerPath('ip'), ['link', 'set', 'sally0', 'up']);
  await mustRun(peerPath('ip'), ['-n', DEVICE, 'addr', 'add', '198.18.43.2/30', 'dev', 'sally1']);
  await mustRun(peerPath('ip'), ['-n', DEVICE, 'link', 'set', 'sally1', 'up']);
}

async function makeKeys(folder: string): Promise<void> {
  for (const place of ['server/x509', 'server/private', 'device/x509ca'])
    await mkdir(join(folder, place), { recursive: true });
  const openssl = (...args: readonly string[]): Promise<void> => mustRun(peerPath('openssl'), args, folder);
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  const authority = ['-keyout', 'ca.key', '-out', 'device/x509ca/ca.pem'];
  await openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=authority', ...authority);
  await openssl('req', ...key, '-subj', '/CN=vpn.example.com', '-keyout', 'server/private/key', '-out', 'request');
  await writeFile(join(folder, 'ext'), 'subjectAltName=DNS:vpn.example.com\nextendedKeyUsage=serverAuth\n');
  const signing = ['-CA', 'device/x509ca/ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
  await openssl('x509', '-req', '-in', 'request', ...signing, '-extfile', 'ext', '-out', 'server/x509/cert');
}

function radiusSection({ port, secret }: { readonly port: number; readonly secret: string }): string {
  return `eap-radius {
      servers {
        gate {
          address = 127.0.0.1
          auth_port = ${port}
          secret = "${secret}"
        }
      }
    }`;
}

function daemonConfig(folder: string, name: string, radius: string): string {
  const method = radius === '' ? 'eap-mschapv2' : 'eap-radius';
  return `
charon-systemd {
  load = ${PLUGINS} ${method}
  install_routes = no
  filelog {
    stderr {
      default = 1
      flush_line = yes
    }
  }
  plugins {
    vici {
      socket = unix://${folder}/${name}.vici
    }
    ${radius}
  }
}
`;
}

function serverConfig(): string {
  return `
connections {
  vpn {
    version = 2
    local_addrs = ${SERVER}
    proposals = aes128-sha256-modp2048
    pools = vpn
    local {
      auth = pubkey
      certs = cert
      id = vpn.example.com
    }
    remote {
      auth = eap-radius
      id = %any
      eap_id = %any
    }
    children {
      vpn {
        local_ts = ${BEHIND}/32
        esp_proposals = aes128-sha256
      }
    }
  }
}
pools {
  vpn {
    addrs = ${POOL}
  }
}
`;
}

function deviceConfig(user: string, password: string): string {
  return `
connections {
  vpn {
    version = 2
    remote_addrs = ${SERVER}
    proposals = aes128-sha256-modp2048
    vips = 0.0.0.0
    local {
      auth = eap-mschapv2
      id = ${user}
      eap_id = ${user}
    }
    remote {
      auth = pubkey
      id = vpn.example.com
    }
    children {
      vpn {
        remote_ts = ${BEHIND}/32
        esp_proposals = aes128-sha256
      }
    }
  }
}
secrets {
  eap-user {
    id = ${user}
    secret = "${password}"
  }
}
`;
}

async function load(folder: string, name: string): Promise<void> {
  const { status, stdout, stderr } = await swanctl(folder, name, ['--load-all', '--clear']);
  if (status !== 0) throw new Error(`swanctl: ${stdout}${stderr}`);
}

function swanctl(folder: string, name: string, args: readonly string[]) {
  const env = { SWANCTL_DIR: join(folder, name) };
  const place = ['--uri', `unix://${folder}/${name}.vici`];
  return run(peerPath('swanctl'), [...args, ...place], { env, timeoutMs: 60_000 });
}
