import type { Secret } from '../lib/secret.ts';
import type { TlsFiles } from '../lib/tls-files.ts';
import type { RadiusVersion } from '../lib/tls-rules.ts';
import type { ListenerService } from './config.ts';

/** RADIUS in TLS (RFC 6614). */
export interface RadsecListenConfig {
  readonly protocol: 'radsec';
  readonly address: string;
  /** 0 takes any free port (tests). */
  readonly port: number;
  /** What is answered there; both without it. */
  readonly serves?: readonly ListenerService[] | undefined;
  /** All three, or none where every client has a key shared in advance. */
  readonly files: TlsFiles;
  readonly radiusVersions: readonly RadiusVersion[];
  readonly handshakeSeconds: number;
  /** Without a whole request. */
  readonly idleSeconds: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
}

/** A key shared in advance and the name it goes by. */
export interface PskConfig {
  readonly identity: string;
  readonly key: Secret;
}

/** Which certificate a client has: of each list that is not empty, one must fit. */
export interface CertificateConfig {
  /** Host names, in small letters. */
  readonly dns: readonly string[];
  readonly commonName: readonly string[];
  /** SHA-256, 64 hexadecimal digits in small letters. */
  readonly fingerprint: readonly string[];
}

/** How a client of RadSec proves who it is. */
export interface ClientTlsConfig {
  readonly certificate: CertificateConfig | undefined;
  readonly psk: PskConfig | undefined;
}
