import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';

/** How much may be sent in any five minutes. */
export interface DeliveryLimitsOptions {
  readonly perUserInFiveMinutes: number;
  readonly perClientInFiveMinutes: number;
  readonly inFiveMinutes: number;
}

/** For whom a delivery would be. */
export interface LimitedParty {
  readonly userId: number;
  readonly client: string;
}

/** Counts deliveries over all channels. */
export interface DeliveryLimits {
  /** Counts one delivery, before it is made; or says which limit forbids it, and counts nothing. */
  take(party: LimitedParty, limits: DeliveryLimitsOptions): string | undefined;
}

const WINDOW_MS = 5 * 60_000;

// More users or clients than may be sent to in one window: none that counts is pushed out.
const MAX_KEPT = 20_000;

/** Sliding windows on the monotonic clock: moments of the last five minutes, by user, by client and in all. */
export function createDeliveryLimits(clock: Clock): DeliveryLimits {
  const byUser = createBoundedCache<number, number[]>({ maxEntries: MAX_KEPT });
  const byClient = createBoundedCache<string, number[]>({ maxEntries: MAX_KEPT });
  const all: number[] = [];

  return {
    take({ userId, client }, limits) {
      const nowMs = clock.monotonicMs();
      const ofUser = byUser.get(userId) ?? [];
      const ofClient = byClient.get(client) ?? [];
      for (const moments of [ofUser, ofClient, all]) dropBefore(moments, nowMs - WINDOW_MS);
      if (ofUser.length >= limits.perUserInFiveMinutes)
        return `${limits.perUserInFiveMinutes} deliveries to this user in five minutes are the limit`;
      if (ofClient.length >= limits.perClientInFiveMinutes)
        return `${limits.perClientInFiveMinutes} deliveries for this client in five minutes are the limit`;
      if (all.length >= limits.inFiveMinutes)
        return `${limits.inFiveMinutes} deliveries in five minutes are the limit of the whole server`;
      for (const moments of [ofUser, ofClient, all]) moments.push(nowMs);
      byUser.set(userId, ofUser);
      byClient.set(client, ofClient);
      return undefined;
    },
  };
}

function dropBefore(moments: number[], beforeMs: number): void {
  const kept = moments.findIndex((moment) => moment > beforeMs);
  moments.splice(0, kept === -1 ? moments.length : kept);
}
