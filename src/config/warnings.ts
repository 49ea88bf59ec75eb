import { contains, hostOf, parseAddress, parsePrefix } from '../lib/ip.ts';
import type { Prefix } from '../lib/ip.ts';
import type { Secret } from '../lib/secret.ts';
import type { ClientConfig, Config, HomeServerConfig, PolicyConfig, PrimaryConfig, PskConfig } from './config.ts';
import type { GatewayConfig } from './gateway-config.ts';
import type { LdapPrimaryConfig } from './ldap-config.ts';
import { accountingWarnings } from './accounting-warnings.ts';
import { factorWarnings, mayApprove } from './factor-warnings.ts';
import type { Finding, Path } from './problem.ts';
import { profileOf } from './profiles/index.ts';
import { ruleWarnings } from './rule-warnings.ts';

// RFC 2865 §3: at least 16 octets; the forgery of CVE-2024-3596 gives another reason to keep away from short ones.
const MIN_SECRET_OCTETS = 16;
// As many hexadecimal digits as 128 bits have.
const MIN_API_KEY_OCTETS = 32;

/** What works, but deserves a second look before this goes live. */
export function warningsOf(config: Config): Finding[] {
  return [
    ...config.clients.flatMap((client, index) => clientWarnings(client, ['clients', index], config)),
    ...Object.entries(config.primaries).flatMap(([name, primary]) => primaryWarnings(primary, ['primaries', name])),
    ...Object.entries(config.policies).flatMap(([name, policy]) => policyWarnings(policy, ['policies', name])),
    ...Object.entries(config.gateways).flatMap(([name, gateway]) => gatewayWarnings(gateway, ['gateways', name])),
    ...factorWarnings(config),
    ...ruleWarnings(config),
    ...unused(config),
    ...listenerWarnings(config),
    ...consoleWarnings(config),
  ];
}

function clientWarnings(client: ClientConfig, path: Path, config: Config): Finding[] {
  const overUdp = [
    ...sharedSecretWarnings(client.secret, [...path, 'secret']),
    ...when(client.messageAuthenticator === 'when-present', [...path, 'messageAuthenticator'], migration),
    ...when(!client.replyMessageAuthenticator, [...path, 'replyMessageAuthenticator'], unsignedReplies),
    ...when(client.address.some(isEverything), [...path, 'address'], 'any address may ask with this secret'),
  ];
  return [
    ...(client.tls === undefined ? overUdp : shortPsk(client.tls.psk, [...path, 'psk', 'key'])),
    ...when(!isReachable(client, config), [...path, 'address'], 'no listener of `server.listen` is on its network'),
    ...when(!canAnswer(client, config), path, noWayToAnswer),
    ...accountingWarnings(client, path, config),
  ];
}

const migration =
  'requests without Message-Authenticator are accepted, which CVE-2024-3596 makes unsafe: ' +
  'set `required` as soon as the NAS sends it';
const unsignedReplies =
  'replies carry no Message-Authenticator, so this NAS cannot tell a forged Accept (CVE-2024-3596)';
const noWayToAnswer =
  'its users have no way to give a passcode: the NAS shows no challenge, and none can come with the password';

const outerNames =
  'after PEAP, EAP-TTLS and EAP-TLS the second factor is that of the name outside TLS, which anybody can choose: ' +
  'the home server must refuse one that is not the name inside';

function primaryWarnings(primary: PrimaryConfig, path: Path): Finding[] {
  if (primary.type === 'ldap') return directoryWarnings(primary, path);
  if (primary.type !== 'radius') return [];
  const servers = primary.servers.flatMap((server, index) => {
    const place = [...path, 'servers', index];
    return server.tls === undefined
      ? homeServerWarnings(server, place)
      : shortPsk(server.tls.psk, [...place, 'psk', 'key']);
  });
  return [...when(primary.eapIdentity === 'request', [...path, 'eapIdentity'], outerNames), ...servers];
}

function homeServerWarnings(server: HomeServerConfig, path: Path): Finding[] {
  return [
    ...sharedSecretWarnings(server.secret, [...path, 'secret']),
    ...when(
      server.messageAuthenticator === 'when-present',
      [...path, 'messageAuthenticator'],
      'replies without Message-Authenticator are believed, which CVE-2024-3596 makes unsafe: ' +
        'set `required` once the home server sends it',
    ),
  ];
}

function shortPsk(psk: PskConfig | undefined, path: Path): Finding[] {
  const message = `this key has fewer than ${MIN_SECRET_OCTETS} octets: use more, made at random`;
  return when(psk !== undefined && psk.key.length < MIN_SECRET_OCTETS, path, message);
}

function directoryWarnings({ urls, startTls }: LdapPrimaryConfig, path: Path): Finding[] {
  return urls.flatMap((url, index) =>
    when(!startTls && /^ldap:/i.test(url), [...path, 'urls', index], 'passwords cross the network in clear'),
  );
}

function policyWarnings(policy: PolicyConfig, path: Path): Finding[] {
  return [
    ...when(policy.factors.length === 0, [...path, 'factors'], 'no second factor is asked for'),
    ...when(policy.unenrolled === 'allow', [...path, 'unenrolled'], 'users without a token get in by password alone'),
    ...when(
      policy.unavailable === 'allow',
      [...path, 'unavailable'],
      'while no primary can be asked, users get in by the second factor alone',
    ),
  ];
}

function gatewayWarnings(gateway: GatewayConfig, path: Path): Finding[] {
  const urls = Object.entries(gateway).filter(([key]) => /^(url|\w+Url)$/.test(key));
  return urls.flatMap(([key, url]) =>
    when(
      isInClear(String(url)),
      [...path, key],
      'codes and credentials cross the network in clear: use an address that begins with https://',
    ),
  );
}

function isInClear(url: string): boolean {
  const parsed = new URL(url);
  const host = hostOf(parsed);
  return parsed.protocol === 'http:' && host !== 'localhost' && !isLoopback(host);
}

function unused({ clients, primaries, policies }: Config): Finding[] {
  const message = 'no client uses it';
  const doors = Object.values(primaries);
  const directories = doors.flatMap((door) => (door.type === 'ldap' ? [] : (door.directory ?? [])));
  const usedPrimaries = new Set([
    ...clients.flatMap(({ primary, accounting = '' }) => [...primary, accounting]),
    ...directories,
  ]);
  const usedPolicies = new Set(clients.map(({ policy }) => policy));
  return [
    ...Object.keys(primaries).flatMap((name) => when(!usedPrimaries.has(name), ['primaries', name], message)),
    ...Object.keys(policies).flatMap((name) => when(!usedPolicies.has(name), ['policies', name], message)),
  ];
}

function listenerWarnings({ server, clients }: Config): Finding[] {
  const areAllLoopback = clients.every(({ address }) => address.length > 0 && address.every(isLoopbackPrefix));
  if (!areAllLoopback) return [];
  return server.listen.flatMap(({ address }, index) =>
    when(
      !isLoopback(address),
      ['server', 'listen', index, 'address'],
      'open to the network, though every client is on this machine: 127.0.0.1 is enough',
    ),
  );
}

function consoleWarnings(config: Config): Finding[] {
  const isOpen = config.console !== undefined && !isLoopback(config.console.address);
  const message = 'plain HTTP, open to the network: put a reverse proxy with TLS in front and listen on 127.0.0.1';
  return [...when(isOpen, ['console', 'address'], message), ...apiKeyWarnings(config, isOpen)];
}

function apiKeyWarnings({ console }: Config, isOpen: boolean): Finding[] {
  const { apiKeys = [], publicUrl } = console ?? {};
  const hasTls = publicUrl?.startsWith('https:') ?? false;
  const isExposed = !hasTls && (isOpen || (publicUrl !== undefined && !isLoopback(hostOf(new URL(publicUrl)))));
  const exposed = 'API keys cross the network in clear: put a reverse proxy with TLS in front, with `publicUrl` https';
  return [
    ...when(apiKeys.length > 0 && isExposed, ['console', 'apiKeys'], exposed),
    ...apiKeys.flatMap(({ secret }, index) => shortApiKey(secret.length, ['console', 'apiKeys', index, 'secret'])),
  ];
}

function shortApiKey(octets: number, path: Path): Finding[] {
  const message = `this key has ${octets} ${octets === 1 ? 'character' : 'characters'}: use ${MIN_API_KEY_OCTETS} or more, made at random`;
  return when(octets < MIN_API_KEY_OCTETS, path, message);
}

function sharedSecretWarnings(secret: Secret, path: Path): Finding[] {
  const octets = secret.length;
  const short =
    `this shared secret has ${octets} ${octets === 1 ? 'character' : 'characters'}: ` +
    `use ${MIN_SECRET_OCTETS} or more, made at random (RFC 2865 §3)`;
  const padded = 'this shared secret begins or ends with a blank or a line end: is it the same at the other side?';
  return [...when(octets < MIN_SECRET_OCTETS, path, short), ...when(isPadded(secret), path, padded)];
}

function isPadded(secret: Secret): boolean {
  const text = secret.reveal().toString('latin1');
  return /^[ \t\r\n]|[ \t\r\n]$/.test(text);
}

function isReachable({ address, tls }: ClientConfig, { server }: Config): boolean {
  const listeners = server.listen.filter(({ protocol }) => (protocol === 'radsec') === (tls !== undefined));
  return listeners.some(
    (listener) => address.length === 0 || address.some((prefix) => meets(listener.address, prefix)),
  );
}

// An IPv6 wildcard socket takes IPv4 too.
function meets(listener: string, prefix: Prefix): boolean {
  const octets = parseAddress(listener);
  if (octets === undefined || listener === '::') return true;
  if (octets.length !== prefix.octets.length) return false;
  return !isLoopback(listener) || isLoopbackPrefix(prefix) || isEverything(prefix);
}

function canAnswer(client: ClientConfig, config: Config): boolean {
  const { primaries, policies } = config;
  if (client.challenge || mayApprove(client, config) || policies[client.policy]?.factors.length === 0) return true;
  const asksPassword =
    profileOf(client.profile).sendsPassword && client.primary.some((name) => primaries[name]?.type !== 'none');
  return asksPassword && (client.gluedPasscode || client.passcodeDelimiter !== undefined);
}

const loopback = ['127.0.0.0/8', '::1'].flatMap((text) => parsePrefix(text) ?? []);

function isLoopback(address: string): boolean {
  const octets = parseAddress(address);
  return octets !== undefined && loopback.some((prefix) => contains(prefix, octets));
}

function isLoopbackPrefix({ octets, lengthBits }: Prefix): boolean {
  return loopback.some((prefix) => lengthBits >= prefix.lengthBits && contains(prefix, octets));
}

function isEverything({ lengthBits }: Prefix): boolean {
  return lengthBits === 0;
}

function when(isSo: boolean, path: Path, message: string): Finding[] {
  return isSo ? [{ path, message }] : [];
}
