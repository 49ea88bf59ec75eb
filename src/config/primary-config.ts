import type { Secret } from '../lib/secret.ts';
import type { TlsFiles } from '../lib/tls-files.ts';
import type { RadiusVersion } from '../lib/tls-rules.ts';
import type { MessageAuthenticatorRule, PskConfig } from './config.ts';
import type { LdapPrimaryConfig } from './ldap-config.ts';

/** One of `primaries`: a first door. */
export type PrimaryConfig = LocalPrimaryConfig | RadiusPrimaryConfig | NonePrimaryConfig | LdapPrimaryConfig;

/** The first door of users with a password in the store. */
export interface LocalPrimaryConfig {
  readonly type: 'local';
  /** Name under `primaries` of the directory that knows the users. */
  readonly directory?: string | undefined;
}

/** The first door of users whom the NAS has authenticated itself. */
export interface NonePrimaryConfig {
  readonly type: 'none';
  /** Name under `primaries` of the directory that knows the users. */
  readonly directory?: string | undefined;
}

/** The first door of users whose password a home server checks. */
export interface RadiusPrimaryConfig {
  readonly type: 'radius';
  readonly servers: readonly HomeServerConfig[];
  /** Wait for each attempt's answer before the next (first interval; it backs off). */
  readonly timeoutSeconds: number;
  /** Transmissions to one server before the next server. */
  readonly attempts: number;
  readonly strategy: 'fail-over' | 'load-balance';
  /** UDP sockets towards each server: 256 requests can be open on each. */
  readonly sockets: number;
  /** Whether dead servers are asked with Status-Server (else with nothing until the dead time is over). */
  readonly statusServer: boolean;
  /** Without an answer for this long while asked: zombie, then dead. */
  readonly zombieSeconds: number;
  /** How long a dead server is left aside where it does not answer Status-Server. */
  readonly deadSeconds: number;
  /** Whose second factor is asked for after EAP inside TLS, which hides the name that was authenticated. */
  readonly eapIdentity: 'refuse' | 'accept' | 'request';
  /** Name under `primaries` of the directory that knows the users. */
  readonly directory?: string | undefined;
}

/** One of a `radius` primary's `servers`. */
export interface HomeServerConfig {
  readonly address: string;
  readonly port: number;
  /** 1813 without it. */
  readonly accountingPort?: number;
  readonly secret: Secret;
  readonly messageAuthenticator: MessageAuthenticatorRule;
  /** Set: it is asked by RadSec. */
  readonly tls?: HomeServerTlsConfig | undefined;
}

/** How a home server is asked in TLS. */
export interface HomeServerTlsConfig {
  /** What its certificate must bear, unless that is its address. */
  readonly serverName: string | undefined;
  readonly files: TlsFiles;
  /** Instead of certificates. */
  readonly psk: PskConfig | undefined;
  readonly radiusVersions: readonly RadiusVersion[];
}
