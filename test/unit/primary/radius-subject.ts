import { Secret } from '../../../src/lib/secret.ts';
import { createSystemRandom, type Random } from '../../../src/lib/random.ts';
import type { Logger } from '../../../src/lib/logger.ts';
import type { Metrics } from '../../../src/lib/metrics.ts';
import { createRadiusPrimary, type Primary, type RadiusPrimaryOptions } from '../../../src/primary/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import type { ScriptedHomeServer } from '../../support/home-server.ts';

/** What a test says differently. */
export interface SubjectOptions extends Partial<RadiusPrimaryOptions> {
  readonly messageAuthenticator?: 'required' | 'when-present';
}

/** A primary in front of scripted home servers, on a clock that stands still. */
export interface RadiusSubject {
  readonly primary: Primary;
  readonly clock: FakeClock;
  /** Messages of `warn` and `info`, with the fields that name things. */
  readonly log: { readonly level: string; readonly fields: object; readonly message: string }[];
  /** Counters by `name{label values}`, gauges by name. */
  readonly metric: (name: string) => number;
}

const systemRandom = createSystemRandom();

/** Fresh octets; the fraction in the middle, so that no interval is jittered. */
export const steadyRandom: Random = { octets: (length) => systemRandom.octets(length), fraction: () => 0.5 };

/** Timeout 3 s, three attempts, zombie after 6 s, dead after 20 s, left aside for 60 s; no Status-Server. Not started. */
export function radiusSubject(
  servers: readonly Pick<ScriptedHomeServer, 'address' | 'port' | 'secret'>[],
  { messageAuthenticator = 'required', ...overrides }: SubjectOptions = {},
): RadiusSubject {
  const clock = new FakeClock();
  const log: RadiusSubject['log'] = [];
  const figures = new Map<string, number>();
  const gauges = new Map<string, () => number>();
  const options: RadiusPrimaryOptions = {
    name: 'corp',
    type: 'radius',
    servers: servers.map(({ address, port, secret }) => ({
      address,
      port,
      secret: Secret.fromText(secret),
      messageAuthenticator,
    })),
    timeoutSeconds: 3,
    attempts: 3,
    strategy: 'fail-over',
    sockets: 2,
    statusServer: false,
    zombieSeconds: 20,
    deadSeconds: 60,
    eapIdentity: 'refuse',
    ...overrides,
  };
  const deps = { clock, random: steadyRandom, logger: recording(log), metrics: counting(figures, gauges) };
  return {
    primary: createRadiusPrimary(options, deps),
    clock,
    log,
    metric: (name) => gauges.get(name)?.() ?? figures.get(name) ?? 0,
  };
}

function recording(log: RadiusSubject['log']): Logger {
  const record = (level: string) => (fields: object, message: string) => {
    log.push({ level, fields, message });
  };
  const ignore = (): void => undefined;
  const levels = { info: record('info'), warn: record('warn'), error: record('error'), debug: ignore, trace: ignore };
  return { ...levels, isLevelEnabled: () => true };
}

function counting(figures: Map<string, number>, gauges: Map<string, () => number>): Metrics {
  return {
    counter: (name) => ({
      add: (labels = {}, by = 1) => {
        const series = `${name}{${Object.values(labels).slice(1).join(',')}}`;
        figures.set(series, (figures.get(series) ?? 0) + by);
      },
    }),
    histogram: () => ({ observeSeconds: () => undefined }),
    gauge: (name, _, read) => void gauges.set(name, read),
  };
}
