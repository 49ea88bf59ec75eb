import { resolve } from 'node:path';
import { parsePrefix } from '../lib/ip.ts';
import type { Prefix } from '../lib/ip.ts';
import { Secret } from '../lib/secret.ts';
import type {
  AlertsConfig,
  ClientConfig,
  Config,
  ConsoleConfig,
  FactorsConfig,
  PolicyConfig,
  PrimaryConfig,
  RadiusPrimaryConfig,
  ServerConfig,
  UserAddressConfig,
} from './config.ts';
import { buildLdapPrimary } from './build-ldap.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { buildClientTls, buildHomeServer, buildListener, buildSecret } from './build-radsec.ts';
import type { RadsecParts } from './build-radsec.ts';
import type { Path } from './problem.ts';
import { buildRelay, buildReply, buildRule } from './build-rules.ts';
import { addressAttribute } from './profiles/address-attributes.ts';
import { profileOf } from './profiles/index.ts';
import type { Profile } from './profiles/profile.ts';
import type { SecretBook } from './read-secrets.ts';
import { gatewaySchemas, listOf } from './schema/index.ts';
import { withSecrets } from './secret-places.ts';
import type {
  ClientData,
  ConfigData,
  ConsoleData,
  GatewayData,
  PolicyData,
  PrimaryData,
  RadiusPrimaryData,
} from './schema/index.ts';
import type { Folders } from './secrets.ts';

const MAX_ID_OCTETS = 24;
// RFC 5080 §2.2.2 thinks of a few seconds; the NAS's own wait may be shorter than its repetitions last.
const MIN_KEPT_SECONDS = 10;

/** What a checked file is made into a `Config` with. */
export interface BuildParts {
  readonly secrets: SecretBook;
  readonly folders: Folders;
  readonly hostname: string;
}

/** The frozen configuration of data that has passed every check. */
export function buildConfig(data: ConfigData, parts: BuildParts): Config {
  const { folders, secrets } = parts;
  return deepFreeze<Config>({
    server: buildServer(data, parts),
    clients: data.clients.map((client, index) => buildClient(client, radsecParts(['clients', index], parts))),
    primaries: mapValues(data.primaries, (primary, name) => buildPrimary(primary, ['primaries', name], parts)),
    policies: mapValues(data.policies, buildPolicy),
    factors: buildFactors(data.factors, secrets),
    gateways: mapValues(data.gateways, (gateway, name) => buildGateway(gateway, ['gateways', name], secrets)),
    storage: { type: data.storage.type, file: databaseFile(data.storage, folders) },
    sessions: data.sessions,
    accounting: data.accounting,
    console: data.console && buildConsole(data.console, secrets),
    limits: data.limits,
    alerts: buildAlerts(data.alerts, secrets),
    audit: data.audit,
    log: data.log,
  });
}

/** The database file, absolute. */
export function databaseFile({ file }: { readonly file?: string | undefined }, { base, dataDir }: Folders): string {
  return file === undefined ? resolve(dataDir, 'sallyport.db') : resolve(base, file);
}

/** A host name as a server id: what does not fit is left out, `sallyport` where nothing is left. */
export function serverIdOf(hostname: string): string {
  const id = hostname.replace(/[^\x21-\x7e]/g, '').slice(0, MAX_ID_OCTETS);
  return id === '' ? 'sallyport' : id;
}

function buildServer({ server }: ConfigData, { folders, hostname }: BuildParts): ServerConfig {
  return {
    id: server.id ?? serverIdOf(hostname),
    dataDir: folders.dataDir,
    workers: server.workers,
    listen: server.listen.map((listener) => buildListener(listener, folders.base)),
  };
}

function buildClient({ certificate, psk, ...data }: ClientData, parts: RadsecParts): ClientConfig {
  const tls = buildClientTls({ ...data, certificate, psk }, parts);
  return {
    ...data,
    secret: buildSecret(data, tls !== undefined, parts),
    ...(tls && { tls }),
    disconnect: buildDisconnect(data, parts),
    address: data.address === undefined ? [] : listOf(data.address).map(prefixOf),
    messageAuthenticator: data.messageAuthenticator ?? (tls === undefined ? 'required' : 'when-present'),
    primary: listOf(data.primary),
    ...nasSettings(data, profileOf(data.profile)),
    relay: data.relay && buildRelay(data.relay),
    passcodeDelimiter: data.passcodeDelimiter === false ? undefined : data.passcodeDelimiter,
    stripDomain: data.stripDomain.map((domain) => domain.toLowerCase()),
  };
}

function buildDisconnect({ disconnect }: ClientData, { path, secretAt }: RadsecParts): ClientConfig['disconnect'] {
  if (disconnect === undefined) return undefined;
  const place = [...path, 'disconnect', 'secret'];
  return { ...disconnect, secret: disconnect.secret === undefined ? undefined : secretAt(place) };
}

// What the file says wins over what the profile knows.
function nasSettings(data: ClientData, profile: Profile) {
  const { duplicateSeconds: kept } = profile;
  const timeoutSeconds = data.timeoutSeconds ?? profile.timeoutSeconds;
  return {
    timeoutSeconds,
    duplicateSeconds: data.duplicateSeconds ?? (kept === 'timeout' ? Math.max(MIN_KEPT_SECONDS, timeoutSeconds) : kept),
    challenge: data.challenge ?? profile.challenge,
    outOfBand: data.outOfBand ?? profile.outOfBand,
    userAddress: userAddressOf(data, profile),
  };
}

function userAddressOf({ userAddress: written }: ClientData, profile: Profile): UserAddressConfig {
  if (written === undefined) {
    const { userAddress = ['Calling-Station-Id'] } = profile;
    return { attributes: userAddress.map(addressAttribute), isTrusted: profile.userAddress !== undefined };
  }
  return {
    attributes: listOf(written).flatMap((name) => (name === 'none' ? [] : [addressAttribute(name)])),
    isTrusted: true,
  };
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error('an address that is no prefix passed the schema');
  return prefix;
}

function buildPrimary(data: PrimaryData, path: Path, parts: BuildParts): PrimaryConfig {
  switch (data.type) {
    case 'local':
    case 'none':
      return data;
    case 'radius':
      return buildRadiusPrimary(data, path, parts);
    case 'ldap':
      return buildLdapPrimary(data, path, parts.secrets);
  }
}

function buildRadiusPrimary(data: RadiusPrimaryData, path: Path, parts: BuildParts): RadiusPrimaryConfig {
  const servers = data.servers.map((server, index) =>
    buildHomeServer(server, radsecParts([...path, 'servers', index], parts)),
  );
  return { ...data, servers };
}

function radsecParts(path: Path, { folders, secrets }: BuildParts): RadsecParts {
  return { path, base: folders.base, secretAt: (place) => secrets.secretAt(place) };
}

function buildConsole(data: ConsoleData, secrets: SecretBook): ConsoleConfig {
  return {
    ...data,
    publicUrl: data.publicUrl,
    trustedProxies: data.trustedProxies.map(prefixOf),
    apiKeys: data.apiKeys.map((key, index) => ({
      ...key,
      secret: secrets.secretAt(['console', 'apiKeys', index, 'secret']),
    })),
  };
}

function buildAlerts({ email, webhook }: ConfigData['alerts'], secrets: SecretBook): AlertsConfig {
  const hasSecret = webhook?.secret !== undefined;
  const secret = hasSecret ? secrets.secretAt(['alerts', 'webhook', 'secret']) : undefined;
  return { email, webhook: webhook && { url: webhook.url, secret } };
}

function buildPolicy(data: PolicyData): PolicyConfig {
  return { ...data, rules: data.rules.map(buildRule), reply: data.reply.map(buildReply) };
}

function buildFactors(data: ConfigData['factors'], secrets: SecretBook): FactorsConfig {
  const { app, ntfy, privacyidea, ...push } = data.push;
  const place = ['factors', 'push', 'ntfy', 'accessToken'];
  const accessToken = ntfy?.accessToken === undefined ? undefined : secrets.secretAt(place);
  return {
    ...data,
    countries: mapValues(data.countries, (country) => country),
    push: { ...push, app, ntfy: ntfy && { server: ntfy.server, accessToken }, privacyidea },
  };
}

function buildGateway(data: GatewayData, path: Path, secrets: SecretBook): GatewayConfig {
  const schema = gatewaySchemas.find(({ shape }) => shape.type.value === data.type);
  if (schema === undefined) throw new Error('a gateway of no known type passed the schema');
  return withSecrets(schema, data, { path, ...secrets }) as GatewayConfig;
}

// No prototype: a name such as `constructor` finds nothing that nobody has written.
function mapValues<In, Out>(
  record: Readonly<Record<string, In>>,
  convert: (value: In, name: string) => Out,
): Record<string, Out> {
  const result = Object.create(null) as Record<string, Out>;
  for (const [name, value] of Object.entries(record)) result[name] = convert(value, name);
  return result;
}

function deepFreeze<T>(value: T): T {
  const isOpaque = ArrayBuffer.isView(value) || value instanceof Secret;
  if (typeof value !== 'object' || value === null || isOpaque) return value;
  for (const inner of Object.values(value)) deepFreeze(inner as unknown);
  return Object.freeze(value);
}
