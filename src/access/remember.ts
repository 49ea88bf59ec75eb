import type { PendingLogin } from '../challenge/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Plan } from '../policy/index.ts';
import type { RememberedLogin, RememberedLogins } from './remembered-logins.ts';
import { stationKeyOf, userAddressTextOf } from './station.ts';
import type { Visit } from './visit.ts';

/**
 * Lets the first door be enough for a while where both were passed: for the same user, client, station and address, and only
 * while the factor that was used, with its PIN, is still one of those that would be asked for.
 */
export interface Remember {
  /** The login that stands for the second factor now; `undefined`: none does. */
  find(visit: Visit, login: PendingLogin): RememberedLogin | undefined;
  /** Both doors were passed with that factor. */
  keep(visit: Visit, login: PendingLogin, factor: string): void;
}

/** Remembered logins over their store. */
export function createRemember({
  clock,
  store,
}: {
  readonly clock: Clock;
  readonly store: RememberedLogins;
}): Remember {
  return {
    find(visit, login) {
      const { user, plan } = visit;
      if (user === undefined || !isEligible(visit, login)) return undefined;
      for (const factor of plan.factors) {
        const found = store.find(digestOf(visit, factor));
        if (found?.userId === user.id && isGood(found, plan)) return found;
      }
      return undefined;
    },
    keep(visit, login, factor) {
      const { user, plan, request } = visit;
      // A code from the help desk or a drawer stands for a lost phone once, and says nothing about the station.
      if (user === undefined || factor === 'codes' || !isEligible(visit, login)) return;
      void store.keep({
        userId: user.id,
        digest: digestOf(visit, factor),
        client: request.client.name,
        station: stationKeyOf(request),
        expiresAtMs: clock.nowMs() + plan.rememberSeconds * 1_000,
      });
    },
  };

  // One from the future: the clock went back. One that would be too old by the policy of today: it was shortened.
  function isGood({ createdAtMs, expiresAtMs }: RememberedLogin, { rememberSeconds }: Plan): boolean {
    const nowMs = clock.nowMs();
    return createdAtMs <= nowMs && expiresAtMs > nowMs && createdAtMs + rememberSeconds * 1_000 > nowMs;
  }

  function digestOf({ user, request, settings, plan }: Visit, factor: string): string {
    const { name } = request.client;
    return store.digest([
      String(user?.id),
      String(user?.rememberEpoch ?? 0),
      name,
      settings.clientMarks.get(name) ?? '',
      stationKeyOf(request),
      userAddressTextOf(request),
      factor,
      plan.hasPin ? 'with PIN' : '',
    ]);
  }
}

// Without a station everybody who knows the password would be the same; where no primary checks one, anybody would.
function isEligible({ request, plan, settings }: Visit, { primary }: PendingLogin): boolean {
  return (
    plan.rememberSeconds > 0 &&
    primary !== undefined &&
    !settings.passwordless.has(primary) &&
    stationKeyOf(request) !== ''
  );
}
