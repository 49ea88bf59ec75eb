import { SocketAddress } from 'node:net';
import type { ClientConfig, Config, PrimaryConfig } from '../config/index.ts';
import { hostAndPort, type Prefix } from '../lib/ip.ts';

/** A configuration as rows to print; no secrets. */
export function summarise(config: Config) {
  return {
    server: {
      id: config.server.id,
      dataDir: config.server.dataDir,
      listen: config.server.listen.map(({ protocol, address, port }) => `${protocol} ${hostAndPort(address, port)}`),
      console:
        config.console === undefined ? 'off' : `http://${hostAndPort(config.console.address, config.console.port)}`,
    },
    clients: config.clients.map((client) => ({
      name: client.name,
      address: client.tls === undefined ? client.address.map(shortPrefix) : radsecClient(client),
      profile: client.profile,
      messageAuthenticator: client.messageAuthenticator,
      primary: client.primary,
      policy: client.policy,
      waits: `${client.timeoutSeconds} s`,
    })),
    primaries: Object.entries(config.primaries).map(([name, primary]) => ({
      name,
      type: primary.type,
      servers: servers(primary),
    })),
    policies: Object.entries(config.policies).map(([name, { factors, unenrolled, unavailable, lockout }]) => ({
      name,
      factors,
      unenrolled,
      unavailable,
      lockout: `${lockout.failures} wrong, ${lockout.seconds} s`,
    })),
  };
}

// What it proves who it is with.
function radsecClient({ address, tls }: ClientConfig): string[] {
  const { certificate, psk } = tls ?? {};
  const { dns = [], commonName = [], fingerprint = [] } = certificate ?? {};
  const names = [
    ...dns.map((name) => `DNS ${name}`),
    ...commonName.map((name) => `CN ${name}`),
    ...fingerprint.map((hex) => `SHA-256 ${hex.slice(0, 16)}…`),
  ];
  return [...names, ...(psk === undefined ? [] : [`key of ${psk.identity}`]), ...address.map(shortPrefix)];
}

function servers(primary: PrimaryConfig): string[] {
  if (primary.type === 'ldap') return [...primary.urls];
  if (primary.type !== 'radius') return [];
  return primary.servers.map(({ address, port, messageAuthenticator, tls }) => {
    if (tls !== undefined) return `${hostAndPort(address, port)} (RadSec)`;
    const note = messageAuthenticator === 'required' ? '' : ' (Message-Authenticator when present)';
    return `${hostAndPort(address, port)}${note}`;
  });
}

function shortPrefix({ octets, lengthBits }: Prefix): string {
  const address = octets.length === 4 ? octets.join('.') : shortIpv6(octets);
  return lengthBits === octets.length * 8 ? address : `${address}/${lengthBits}`;
}

// The kernel's spelling, with `::` in it.
function shortIpv6(octets: Buffer): string {
  const groups = octets.toString('hex').replace(/(.{4})(?!$)/g, '$1:');
  return new SocketAddress({ address: groups, family: 'ipv6' }).address;
}
