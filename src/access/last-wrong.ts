import { timingSafeEqual } from 'node:crypto';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { Visit } from './visit.ts';

/**
 * Remembers the last wrong passwords of a user: a client that repeats one for ever must lock out nobody, here or in a
 * directory.
 */
export interface LastWrong {
  /** Whether this password differs from the last wrong ones; remembers it. */
  isNew(key: string, passwordDigest: string): boolean;
  /** Whether it is one of the last wrong ones. */
  isKnown(key: string, passwordDigest: string): boolean;
  /** The first door has refused it as wrong at a client: it is not asked again from there before the time is over. */
  refused(key: string, passwordDigest: string, storm: Storm): void;
  /** Whether the first door need not be asked: it has refused this password just now, at this client. */
  isRefused(key: string, client: string, passwordDigest: () => string): boolean;
  /** It has become the password of the user of that name: nothing is known against it any more, at whatever primaries. */
  forget(userKey: string, passwordDigest: string): void;
}

/** Where a password was refused, and for how long at most nobody is asked about it again. */
export interface Storm {
  /** By name: a home server may refuse a right password at one client alone. */
  readonly client: string;
  readonly stormMs: number;
}

/**
 * Whose wrong passwords are told apart: one that is wrong at some primaries may be right at others, and with another hash in the
 * store another password is right.
 */
export function wrongKeyOf({ username, user, request }: Pick<Visit, 'username' | 'user' | 'request'>): string {
  return [username.key, user?.passwordHash ?? '', ...request.client.primary].join('\0');
}

interface Wrong {
  readonly digest: Buffer;
  /** By client; the one that was refused last stands last. */
  readonly refusals: Map<string, Refusals>;
}

interface Refusals {
  /** How often the first door has refused it there. */
  readonly count: number;
  /** Monotonic. */
  readonly untilMs: number;
}

const MAX_USERS = 50_000;
// Several devices of a user may each repeat an old password of theirs.
const MAX_PASSWORDS = 3;
// A device repeats what it knows at one client or two.
const MAX_CLIENTS = 16;
const TTL_MS = 15 * 60_000;
// Somebody whose password was put right a moment ago comes back by hand: the first time they wait no longer than this.
const FIRST_MS = 60_000;

/** A bounded memory, by user and primaries. */
export function createLastWrong(clock: Clock): LastWrong {
  const users = createBoundedCache<string, readonly Wrong[]>({
    maxEntries: MAX_USERS,
    lifetime: { ms: TTL_MS, clock },
  });
  return {
    isNew(key, passwordDigest) {
      if (find(key, passwordDigest) !== undefined) return false;
      add(key, passwordDigest);
      return true;
    },
    isKnown: (key, passwordDigest) => find(key, passwordDigest) !== undefined,
    refused(key, passwordDigest, { client, stormMs }) {
      const wrong = find(key, passwordDigest) ?? add(key, passwordDigest);
      const { refusals } = wrong;
      const count = refusals.get(client)?.count ?? 0;
      const windowMs = count === 0 ? Math.min(FIRST_MS, stormMs) : stormMs;
      refusals.delete(client);
      refusals.set(client, { count: count + 1, untilMs: clock.monotonicMs() + windowMs });
      for (const [oldest] of refusals) if (refusals.size > MAX_CLIENTS) refusals.delete(oldest);
      users.set(key, users.peek(key) ?? [wrong]);
    },
    isRefused(key, client, passwordDigest) {
      if (!users.has(key)) return false;
      const refusals = find(key, passwordDigest())?.refusals.get(client);
      return refusals !== undefined && clock.monotonicMs() < refusals.untilMs;
    },
    forget(userKey, passwordDigest) {
      const octets = Buffer.from(passwordDigest, 'latin1');
      // Every key is looked at: passwords are changed seldom.
      for (const key of [...users.keys()].filter((one) => one.startsWith(`${userKey}\0`))) {
        const others = (users.peek(key) ?? []).filter(({ digest }) => !isEqual(digest, octets));
        if (others.length === 0) users.delete(key);
        else users.set(key, others);
      }
    },
  };

  function find(key: string, passwordDigest: string): Wrong | undefined {
    const octets = Buffer.from(passwordDigest, 'latin1');
    let found: Wrong | undefined;
    for (const wrong of users.get(key) ?? []) if (isEqual(wrong.digest, octets)) found = wrong;
    return found;
  }

  function add(key: string, passwordDigest: string): Wrong {
    const wrong: Wrong = { digest: Buffer.from(passwordDigest, 'latin1'), refusals: new Map() };
    users.set(key, [wrong, ...(users.get(key) ?? [])].slice(0, MAX_PASSWORDS));
    return wrong;
  }
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
