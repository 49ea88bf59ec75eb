import { SocketAddress } from 'node:net';
import type { Config, PrimaryConfig } from '../config/index.ts';
import type { Prefix } from '../lib/ip.ts';

/** A configuration as rows to print; no secrets. */
export function summarise(config: Config) {
  return {
    server: {
      id: config.server.id,
      dataDir: config.server.dataDir,
      listen: config.server.listen.map(({ protocol, address, port }) => `${protocol} ${hostPort(address, port)}`),
      console: config.console === undefined ? 'off' : `http://${hostPort(config.console.address, config.console.port)}`,
    },
    clients: config.clients.map((client) => ({
      name: client.name,
      address: client.address.map(shortPrefix),
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

function servers(primary: PrimaryConfig): string[] {
  if (primary.type !== 'radius') return [];
  return primary.servers.map(({ address, port, messageAuthenticator }) => {
    const note = messageAuthenticator === 'required' ? '' : ' (Message-Authenticator when present)';
    return `${hostPort(address, port)}${note}`;
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

function hostPort(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
