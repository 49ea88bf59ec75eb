import { createAdministration } from './administration.ts';
import type { Config } from './config/index.ts';
import type { Console, EndedSessionView, MountedCallback, OpenPrompt } from './console/index.ts';
import { endAutomatically } from './end-sessions.ts';
import { passcodeFactors, type Enrolments, type PushChannel } from './factors/index.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { createPromMetrics } from './lib/prom-metrics.ts';
import type { Random } from './lib/random.ts';
import type { Storage } from './storage/index.ts';

/** What the HTTP side is put together from. */
export interface HttpDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: ReturnType<typeof createPromMetrics>;
  readonly storage: Storage;
  readonly isListening: () => boolean;
  /** The configuration in force. */
  readonly config: () => Config;
  /** What gateways and phones may call. */
  readonly callbacks: () => readonly MountedCallback[];
  /** The push protocols that new phones can be enrolled with. */
  readonly channels: () => readonly Pick<PushChannel, 'protocol' | 'enrol'>[];
  /** What phones are asked at this moment. */
  readonly prompts: () => readonly OpenPrompt[];
  /** Missing: nobody enrols at login. */
  readonly enrolments?: Enrolments;
}

/** The console of the configuration, not bound yet; `undefined` where it names none. Its code is loaded here at the latest. */
export async function createHttp(deps: HttpDeps): Promise<Console | undefined> {
  const { clock, random, logger, metrics, storage, config, callbacks, channels, prompts, enrolments } = deps;
  const shown = config().console;
  if (shown === undefined) return undefined;
  const { createConsole } = await import('./console/index.ts');
  const settings = () => {
    const { factors, clients } = config();
    const names = clients.map(({ name }) => name);
    return { issuer: factors.totp.issuer, factors: passcodeFactors(factors), channels: channels(), clients: names };
  };
  const { users, tokens, limits, keep } = createAdministration({
    ...{ clock, random, storage, settings },
    endSessions: (user) => endedSessions(user, deps),
  });
  const keys = () => config().console?.apiKeys ?? [];
  return createConsole(
    {
      ...{ clock, logger, metrics, callbacks },
      counters: metrics,
      readiness: readinessOf(deps),
      api: { keys, users, tokens, limits, prompts },
      enrolment: enrolments && { enrolments, keep },
    },
    shown,
  );
}

async function endedSessions(user: string, { clock, random, storage, config }: HttpDeps): Promise<EndedSessionView[]> {
  const ended = await endAutomatically(user, { clock, random, storage, config: config() });
  return ended.map(({ session: { sessionId: session, client }, outcome }) => ({ session, client, outcome }));
}

function readinessOf({ isListening, storage }: HttpDeps) {
  return [
    { name: 'listeners', check: () => (isListening() ? undefined : 'not listening for RADIUS requests') },
    {
      name: 'storage',
      check: () => {
        const health = storage.health();
        return health.isHealthy ? undefined : health.problem;
      },
    },
  ];
}
