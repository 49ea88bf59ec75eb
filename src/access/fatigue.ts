import type { OpenFactors } from '../challenge/index.ts';
import type { FactorName } from '../factors/index.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';

/** When a user is asked no more by push or call. */
export interface FatigueOptions {
  /** Questions in a row that nobody approved; 0: never. */
  readonly unanswered: number;
  readonly pauseMs: number;
}

/**
 * Counts questions to a user's phone that led to nothing: whoever has somebody's password must not ring until they give in.
 * A question counts when it is asked, so that many at once are as many.
 */
export interface Fatigue {
  /** Whether one more may be asked. */
  mayAsk(userId: number, options: FatigueOptions): boolean;
  /** It is being asked. */
  asked(userId: number, openId: string): void;
  /** It did not reach the phone. */
  failed(userId: number): void;
  /** Whether nothing is offered that rings: one more may not be asked, and the last is over. */
  isPaused(userId: number, options: FatigueOptions): boolean;
  /** The user has come in. */
  settled(userId: number): void;
}

interface Questions {
  count: number;
  lastMs: number;
  lastId: string;
}

const MAX_USERS = 50_000;

/** A bounded memory of this server. */
export function createFatigue(clock: Clock, open: Pick<OpenFactors, 'find'>): Fatigue {
  const users = createBoundedCache<number, Questions>({ maxEntries: MAX_USERS });
  return {
    mayAsk,
    asked(userId, openId) {
      const questions = users.get(userId) ?? { count: 0, lastMs: 0, lastId: '' };
      users.set(userId, { count: questions.count + 1, lastMs: clock.monotonicMs(), lastId: openId });
    },
    failed(userId) {
      const questions = users.get(userId);
      if (questions !== undefined && questions.count > 0) questions.count -= 1;
    },
    isPaused(userId, options) {
      const questions = users.get(userId);
      if (questions === undefined || mayAsk(userId, options)) return false;
      return open.find(questions.lastId) === undefined;
    },
    settled: (userId) => void users.delete(userId),
  };

  function mayAsk(userId: number, { unanswered, pauseMs }: FatigueOptions): boolean {
    const questions = users.get(userId);
    if (unanswered === 0 || questions === undefined || questions.count < unanswered) return true;
    if (clock.monotonicMs() - questions.lastMs < pauseMs) return false;
    users.delete(userId);
    return true;
  }
}

/** Whether the factor rings or lights up a phone by itself. */
export function rings(factor: FactorName | 'codes'): boolean {
  return factor === 'push' || factor === 'call';
}
