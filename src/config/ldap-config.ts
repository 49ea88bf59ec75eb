import type { Secret } from '../lib/secret.ts';

/** One of `primaries` of type `ldap`: a directory that checks passwords and knows people. */
export interface LdapPrimaryConfig {
  readonly type: 'ldap';
  readonly kind: 'active-directory' | 'generic';
  /** `ldap://` or `ldaps://`, host and port, in order of preference. */
  readonly urls: readonly string[];
  readonly startTls: boolean;
  /** Whether passwords may cross the network in clear. */
  readonly allowPlaintext: boolean;
  /** PEM. */
  readonly ca?: string | undefined;
  /** The name in the servers' certificates, where it is not the one in `urls`. */
  readonly serverName?: string | undefined;
  readonly baseDn: string;
  /** The service account; missing only with `directBind`. */
  readonly bindDn?: string | undefined;
  readonly bindPassword?: Secret | undefined;
  /** `{user}` in a DN, a UPN, or `DOMAIN\{user}`. */
  readonly directBind?: string | undefined;
  /** An LDAP filter that every user meets besides. */
  readonly userFilter: string;
  readonly nameAttribute: string;
  /** Other attributes that name one user and that users cannot change. */
  readonly loginAttributes: readonly string[];
  /** Whether the mail address is taken for a name. */
  readonly loginByMail: boolean;
  /** Behind `@`; in lower case. */
  readonly upnSuffixes: readonly string[];
  /** Before `\`; in lower case. */
  readonly netbiosDomains: readonly string[];
  readonly groups: 'memberOf' | 'in-chain' | 'walk' | 'none';
  readonly groupBaseDn: string;
  readonly groupFilter: string;
  readonly maxGroups: number;
  readonly maxGroupDepth: number;
  readonly idAttribute: string;
  readonly firstNameAttribute: string;
  readonly lastNameAttribute: string;
  readonly mailAttribute: string;
  readonly languageAttribute: string;
  readonly phoneAttributes: readonly string[];
  /** For one question to one server. */
  readonly timeoutSeconds: number;
  readonly poolSize: number;
  /** Failures in a row after which a server is left aside. */
  readonly failures: number;
  readonly asideSeconds: number;
  readonly referrals: boolean;
  /** Hosts that are followed to besides those of `urls`; in lower case. */
  readonly referralHosts: readonly string[];
  readonly pageSize: number;
  readonly cacheSeconds: number;
  readonly sync?: LdapSyncConfig | undefined;
}

/** Who of a directory is put into the store. */
export interface LdapSyncConfig {
  readonly filter?: string | undefined;
  /** DN of a group; nested ones count. */
  readonly group?: string | undefined;
  /** DN below which they stand. */
  readonly ou?: string | undefined;
  /** 0: only by command. */
  readonly everyMinutes: number;
  /** When more would disappear, nobody does. */
  readonly maxRemovals: number;
}
