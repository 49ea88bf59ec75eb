import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';

/** What a peer test can need, and the Debian package that brings it. */
const packages = {
  freeradius: 'freeradius',
  radsecproxy: 'radsecproxy',
  radclient: 'freeradius-utils',
  eapol_test: 'eapoltest',
  'charon-systemd': 'charon-systemd libcharon-extra-plugins libcharon-extauth-plugins libstrongswan-standard-plugins',
  swanctl: 'strongswan-swanctl',
  ip: 'iproute2',
  pamtester: 'pamtester',
  'pam_radius_auth.so': 'libpam-radius-auth',
  oathtool: 'oathtool',
  pskctool: 'pskctool',
  ocserv: 'ocserv',
  openconnect: 'openconnect',
  openssl: 'openssl',
  'Net/SMPP.pm': 'libnet-smpp-perl',
  bearerbox: 'kannel',
  fakesmsc: 'kannel-extras',
  drive_smpp: 'kannel-extras',
  aiosmtpd: 'python3-aiosmtpd',
  openvpn: 'openvpn',
  'radiusplugin.so': 'openvpn-auth-radius',
  slapd: 'slapd',
  slapadd: 'slapd',
  ldapmodify: 'ldap-utils',
  samba: 'samba samba-dsdb-modules samba-ad-provision',
  ldapsearch: 'ldap-utils',
} as const;

export type PeerName = keyof typeof packages;

/** Where a peer is installed; `undefined` when it is not. */
export function findPeer(name: PeerName): string | undefined {
  return placesOf(name).find(isReadable);
}

/** Where a peer is installed; throws when it is not. */
export function peerPath(name: PeerName): string {
  const path = findPeer(name);
  if (path === undefined) throw new Error(missingText([name]));
  return path;
}

/**
 * `describe` for tests that talk to other people's programs: skipped when one is missing, a failure under `CI=true`.
 * `root` asks for the right to write below /etc/pam.d.
 */
export function describeWithPeers(needs: readonly (PeerName | 'root')[], title: string, body: () => void): void {
  const names = needs.filter((need) => need !== 'root');
  const missing = names.filter((name) => findPeer(name) === undefined);
  const lacksRoot = needs.includes('root') && process.getuid?.() !== 0;
  if (missing.length === 0 && !lacksRoot) {
    describe(title, body);
    return;
  }
  const reason = missing.length > 0 ? missingText(missing) : 'needs root';
  if (process.env['CI'] !== 'true') {
    describe.skip(`${title} (${reason})`, body);
    return;
  }
  describe(title, () => {
    it('finds what it needs', () => {
      throw new Error(reason);
    });
  });
}

function missingText(missing: readonly PeerName[]): string {
  const wanted = missing.map((name) => packages[name]).join(', ');
  return `not installed: ${wanted}; test/peers/install.sh installs it`;
}

function placesOf(name: PeerName): string[] {
  if (name === 'radiusplugin.so') return [join('/usr/lib/openvpn', name)];
  if (name.endsWith('.so')) return pamFolders().map((folder) => join(folder, name));
  if (name.endsWith('.pm')) return [join('/usr/share/perl5', name)];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/usr/lib/kannel/test'];
  return folders.map((folder) => join(folder, name));
}

function pamFolders(): string[] {
  const triplets = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as Readonly<Record<string, string>>;
  const triplet = triplets[process.arch] ?? process.arch;
  return [`/lib/${triplet}/security`, `/usr/lib/${triplet}/security`, '/lib/security'];
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
