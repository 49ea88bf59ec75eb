import type { ChallengeSession, Question, SessionStore, Taken } from '../challenge/index.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import { packSession, unpackSession } from './packed-session.ts';

/** A round that was answered: kept so that a repeated answer gets the same question and nothing else. */
interface Spent {
  readonly answerDigest: string;
  readonly client: string;
  readonly userKey: string;
  /** What followed: still being decided, a further question, or a verdict. */
  outcome: 'in-progress' | 'ended' | Question;
}

interface Waiting {
  /** See `packSession`. */
  readonly packed: string;
  readonly expiresAtMs: number;
}

// How long a spent round is remembered: a minute longer than a client may wait for the reply, which is ten minutes at most.
const SPENT_TTL_MS = 660_000;
const MAX_SPENT = 65_536;

/** Challenge rounds in this process: bounded, each with its own lifetime; a full store takes no new ones, and a half full one none of home servers. */
export function createMemorySessions(
  options: { readonly maxPending: number },
  deps: { readonly clock: Clock },
): SessionStore {
  const { clock } = deps;
  // By lifetime: within one, rounds stand in the order they came, so the expired ones stand in front.
  const queues = new Map<number, Map<string, Waiting>>();
  const spent = createBoundedCache<string, Spent>({
    maxEntries: Math.min(options.maxPending, MAX_SPENT),
    lifetime: { ms: SPENT_TTL_MS, clock },
  });

  return {
    put(id, session, ttlMs) {
      if (pending() >= roomFor(session)) return Promise.resolve(false);
      queueOf(ttlMs).set(id, { packed: packSession(session), expiresAtMs: clock.monotonicMs() + ttlMs });
      return Promise.resolve(true);
    },
    take: (id, bearer, answerDigest) => Promise.resolve(take(id, bearer.client, bearer.userKey, answerDigest)),
    conclude(id, question) {
      const round = spent.get(id);
      if (round !== undefined) round.outcome = question ?? 'ended';
      return Promise.resolve();
    },
    pending,
  };

  function take(id: string, client: string, userKey: string, answerDigest: string): Taken {
    const queue = [...queues.values()].find((waiting) => waiting.has(id));
    const found = queue?.get(id);
    if (found === undefined) return takeSpent(spent.get(id), client, userKey, answerDigest);
    const session = unpackSession(found.packed);
    if (session.login.client !== client || session.login.userKey !== userKey) return { kind: 'mismatched' };
    queue?.delete(id);
    if (clock.monotonicMs() >= found.expiresAtMs) return { kind: 'unknown' };
    spent.set(id, { answerDigest, client, userKey, outcome: 'in-progress' });
    return { kind: 'taken', session };
  }

  // A home server may ask anybody, and by EAP begins with everybody: strangers leave room for who has passed the first door.
  function roomFor({ kind }: ChallengeSession): number {
    return kind === 'home-server' ? options.maxPending / 2 : options.maxPending;
  }

  function queueOf(ttlMs: number): Map<string, Waiting> {
    const queue = queues.get(ttlMs) ?? new Map<string, Waiting>();
    queues.set(ttlMs, queue);
    return queue;
  }

  function pending(): number {
    const nowMs = clock.monotonicMs();
    let count = 0;
    for (const [ttlMs, queue] of queues) {
      purge(queue, nowMs);
      if (queue.size === 0) queues.delete(ttlMs);
      count += queue.size;
    }
    return count;
  }
}

function purge(queue: Map<string, Waiting>, nowMs: number): void {
  for (const [id, { expiresAtMs }] of queue) {
    if (nowMs < expiresAtMs) return;
    queue.delete(id);
  }
}

function takeSpent(round: Spent | undefined, client: string, userKey: string, answerDigest: string): Taken {
  if (round === undefined) return { kind: 'unknown' };
  if (round.client !== client || round.userKey !== userKey) return { kind: 'mismatched' };
  if (round.answerDigest !== answerDigest || round.outcome === 'ended') return { kind: 'spent' };
  return round.outcome === 'in-progress' ? { kind: 'in-progress' } : { kind: 'repeated', question: round.outcome };
}
