import { Secret } from '../lib/secret.ts';
import type { ClientTlsConfig, HomeServerConfig, ListenConfig } from './config.ts';
import type { Path } from './problem.ts';
import { listOf, portOf } from './schema/index.ts';
import type { ClientData, HomeServerData, ListenData } from './schema/index.ts';
import { homeFiles, listenFiles } from './tls.ts';

/** Where secrets and files of one mapping come from. */
export interface RadsecParts {
  readonly path: Path;
  readonly base: string;
  readonly secretAt: (path: Path) => Secret;
}

// RFC 6614 §2.3: TLS protects the packets, the secret is a formality.
const SECRET_IN_TLS = 'radsec';

/** One of `server.listen`. */
export function buildListener(data: ListenData, base: string): ListenConfig {
  const { protocol, address, radiusVersions, handshakeSeconds, idleSeconds, maxConnections } = data;
  const port = portOf(data);
  const serves = data.serves && { serves: data.serves };
  if (protocol === 'udp') return { protocol, address, port, ...serves };
  const { maxConnectionsPerClient } = data;
  const files = listenFiles(data, base);
  const limits = { handshakeSeconds, idleSeconds, maxConnections, maxConnectionsPerClient };
  return { protocol, address, port, ...serves, files, radiusVersions, ...limits };
}

/** What makes a client one of RadSec; `undefined`: it asks over UDP. */
export function buildClientTls(data: ClientData, { path, secretAt }: RadsecParts): ClientTlsConfig | undefined {
  const { certificate, psk } = data;
  if (certificate === undefined && psk === undefined) return undefined;
  return {
    certificate: certificate && {
      dns: texts(certificate.dns).map((name) => name.toLowerCase()),
      commonName: texts(certificate.commonName),
      fingerprint: texts(certificate.fingerprint).map((text) => text.replaceAll(':', '').toLowerCase()),
    },
    psk: psk && { identity: psk.identity, key: secretAt([...path, 'psk', 'key']) },
  };
}

/** The shared secret of a client or home server; `isInTls`: it may be missing. */
export function buildSecret(
  data: { readonly secret?: unknown },
  isInTls: boolean,
  { path, secretAt }: RadsecParts,
): Secret {
  if (isInTls && data.secret === undefined) return Secret.fromText(SECRET_IN_TLS);
  return secretAt([...path, 'secret']);
}

/** One of a `radius` primary's `servers`. */
export function buildHomeServer(data: HomeServerData, parts: RadsecParts): HomeServerConfig {
  const { protocol, address, serverName, psk, radiusVersions } = data;
  const isInTls = protocol === 'radsec';
  const messageAuthenticator = data.messageAuthenticator ?? (isInTls ? 'when-present' : 'required');
  const common = { address, port: portOf(data), secret: buildSecret(data, isInTls, parts), messageAuthenticator };
  if (!isInTls) return { ...common, accountingPort: data.accountingPort };
  const { path, base, secretAt } = parts;
  const key = psk && { identity: psk.identity, key: secretAt([...path, 'psk', 'key']) };
  return { ...common, tls: { serverName, files: homeFiles(data, base), psk: key, radiusVersions } };
}

function texts(written: string | string[] | undefined): string[] {
  return written === undefined ? [] : listOf(written);
}
