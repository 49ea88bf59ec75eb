import type { LdapPrimaryConfig } from '../../config/index.ts';
import { hostOf } from '../../lib/ip.ts';
import type { Target } from './connection.ts';

/** Where a referral leads, if it may be followed. */
export interface Referral {
  readonly target: Target;
  readonly base: string | undefined;
}

/** What decides it. */
export type ReferralRules = Pick<LdapPrimaryConfig, 'referrals' | 'referralHosts' | 'startTls' | 'serverName'> & {
  readonly targets: readonly Target[];
  readonly ca: string | undefined;
};

const TLS_PORT = 636;
const PLAIN_PORT = 389;

/** The server of an LDAP address (RFC 4516) and how it is spoken to; `undefined` where it is no address. */
export function targetOf(
  text: string,
  options: Pick<Target, 'ca' | 'serverName'> & { readonly startTls: boolean },
): Target | undefined {
  const url = readUrl(text);
  if (url === undefined) return undefined;
  const isTls = url.protocol === 'ldaps:';
  const host = hostOf(url).toLowerCase();
  const port = url.port === '' ? (isTls ? TLS_PORT : PLAIN_PORT) : Number(url.port);
  const security = isTls ? 'tls' : options.startTls ? 'start-tls' : 'plain';
  return { host, port, security, ca: options.ca, serverName: options.serverName };
}

/**
 * A referral as far as it may be followed: to hosts that the configuration names, and never in clear; where
 * our own servers are spoken to by ldaps, so is this one. Our account is shown to nobody else.
 */
export function allowedReferral(text: string, rules: ReferralRules): Referral | undefined {
  if (!rules.referrals) return undefined;
  const isOwn = (host: string): boolean => rules.targets.some((target) => target.host === host);
  const named = targetOf(text, { ca: rules.ca, serverName: undefined, startTls: rules.startTls });
  if (named === undefined || !(isOwn(named.host) || rules.referralHosts.includes(named.host))) return undefined;
  const target: Target = {
    ...named,
    ...(named.security === 'plain' && { security: 'tls' as const, port: TLS_PORT }),
    serverName: isOwn(named.host) ? rules.serverName : undefined,
  };
  const base = decodedPath(readUrl(text)?.pathname.slice(1) ?? '');
  return { target, base: base === '' ? undefined : base };
}

function readUrl(text: string): URL | undefined {
  if (!/^ldaps?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.hostname === '' || url.username !== '' || url.password !== '' ? undefined : url;
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}
