import type { AccessDeps } from './deps.ts';
import type { Recorder } from './recorder.ts';
import { shownAddressOf } from './station.ts';
import type { Visit } from './visit.ts';

/** Tells people of frauds that users have reported. */
export interface FraudDesk {
  /** The user is blocked by now. */
  readonly reported: (visit: Visit, factor: string | undefined) => void;
  /** No request waits for the report: the user is blocked here, and at once. */
  readonly reportedUnheard: (visit: Visit, factor: string) => void;
}

/** A desk that logs each report, and raises the alarm. */
export function createFraudDesk(
  { clock, logger, alerts, serverId }: Pick<AccessDeps, 'clock' | 'logger' | 'alerts' | 'serverId'>,
  recorder: Recorder,
): FraudDesk {
  return {
    reported,
    reportedUnheard(visit, factor) {
      const { id: requestId } = visit.request;
      void recorder
        .settlement(visit, { factor })
        .block()
        .catch((error: unknown) => logger.error({ err: error, requestId }, 'a reported user could not be blocked'));
      reported(visit, factor);
    },
  };

  function reported({ request, user, username, plan }: Visit, factor: string | undefined): void {
    const station = shownAddressOf(request);
    const atMs = clock.nowMs();
    const alert = {
      ...({ kind: 'fraud-reported', atMs, server: serverId, requestId: request.id } as const),
      user: user?.name ?? username.text,
      client: request.client.name,
      ...(station !== '' && { station }),
      ...(factor !== undefined && { factor }),
      ...(plan.fraudBlockSeconds > 0 && { blockedUntilMs: atMs + plan.fraudBlockSeconds * 1_000 }),
    };
    logger.warn({ ...alert }, 'a user reports that somebody else logs in as them');
    alerts.raise(alert);
  }
}
