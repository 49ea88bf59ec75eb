import type { Config, LdapPrimaryConfig } from '../config/index.ts';
import { normaliseNumber } from '../gateways/index.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { noMetrics } from '../lib/metrics.ts';
import { openDirectory, type DirectoryTools } from '../primary/index.ts';

/** A directory of the configuration. */
export interface NamedDirectory {
  readonly name: string;
  readonly config: LdapPrimaryConfig;
}

/** Every primary of type `ldap`, or the one of that name. */
export function directoriesIn({ primaries }: Config, only?: string): NamedDirectory[] {
  return Object.entries(primaries).flatMap(([name, config]) =>
    config.type === 'ldap' && (only === undefined || only === name) ? [{ name, config }] : [],
  );
}

/** Opens one for a command; the caller closes it. */
export function openNamed({ name, config }: NamedDirectory, { factors }: Config): Promise<DirectoryTools> {
  const readPhone = (text: string) => normaliseNumber(text, factors.defaultCountry);
  const deps = { clock: systemClock, logger: silentLogger, metrics: noMetrics, readPhone };
  return openDirectory({ ...config, name }, deps);
}
