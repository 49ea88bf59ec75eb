import type { LdapPrimaryConfig } from '../../src/config/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger, type Logger } from '../../src/lib/logger.ts';
import { noMetrics } from '../../src/lib/metrics.ts';
import { createLdapPrimary, type Primary } from '../../src/primary/index.ts';
import { configOf } from '../support/config-text.ts';
import type { Section } from '../support/sallyport.ts';
import { BASE_DN, SERVICE, type Slapd } from './slapd.ts';

/** The configuration of a directory, as it is loaded. */
export function ldapConfig(section: Section): LdapPrimaryConfig {
  const text = JSON.stringify({
    clients: [{ name: 'vpn', address: '127.0.0.1', secret: 'sixteen-octets-and-more', primary: 'ad' }],
    primaries: { ad: { type: 'ldap', kind: 'generic', baseDn: BASE_DN, timeoutSeconds: 3, ...section } },
    policies: { default: { factors: ['totp'] } },
  });
  const { ad } = configOf(text).primaries;
  if (ad?.type !== 'ldap') throw new Error('that is no directory');
  return ad;
}

/** A primary before that directory, started. */
export async function openLdap(slapd: Slapd, section: Section = {}, logger: Logger = silentLogger): Promise<Primary> {
  const config = ldapConfig({
    urls: [`ldaps://localhost:${slapd.ports.tls}`],
    ca: slapd.ca,
    bindDn: SERVICE.dn,
    bindPassword: SERVICE.password,
    ...section,
  });
  const primary = await createLdapPrimary(
    { name: 'ad', ...config },
    { clock: systemClock, logger, metrics: noMetrics, readPhone: (text) => Promise.resolve(text) },
  );
  await primary.start();
  return primary;
}
