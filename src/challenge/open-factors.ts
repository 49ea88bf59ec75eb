import { timingSafeEqual } from 'node:crypto';
import type { PushAnswer, PushReceipt } from '../factors/index.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { LoginKey, OpenFactor, OpenFactors, Opening, Outcome, Reached, Sending } from './open-factor.ts';

interface Entry {
  readonly open: OpenFactor;
  readonly key: string;
  /** Monotonic milliseconds. */
  readonly endsMs: number;
  /** One for its end and for all who wait: what is held for a phone is many at a time. */
  timer: Timer | undefined;
  sending: Promise<Sending>;
  sentMs: number;
  triesLeft: number;
  /** Arrays, here and below: nearly always of one, and a set takes 200 octets more. */
  waiting: readonly Waiter[];
  readonly reported: (() => void) | undefined;
  /** The phone's approval has shown the code. */
  isShown: boolean;
}

interface Waiter {
  /** Monotonic milliseconds. */
  readonly deadlineMs: number;
  readonly tell: (outcome: Outcome | undefined) => void;
}

/** Over without an answer: its phone may still report a fraud. */
interface Reportable {
  readonly reported: () => void;
}

interface Ended {
  readonly outcome: Outcome;
  readonly reached: Reached;
}

const NO_ENTRIES: readonly Entry[] = [];
const NOBODY: Reached = {};
const DELIVERED: Promise<Sending> = Promise.resolve({ kind: 'delivered' });
const RESEND_MS = 30_000;
// Guesses of one sent passcode, over all challenges that joined it.
const TRIES = 5;
// What ended is remembered as long, so that who asks late learns how.
const ENDED_TTL_MS = 120_000;
const MAX_ENDED = 65_536;
// Each holds its login, some kilobytes.
const MAX_REPORTABLE = 4_096;

/** A bounded table; a full one opens nothing (`failed`, limited). */
export function createOpenFactors(
  options: { readonly maxOpen: number },
  deps: { readonly clock: Clock; readonly random: Random },
): OpenFactors {
  const { clock, random } = deps;
  const entries = new Map<string, Entry>();
  const byKey = new Map<string, readonly Entry[]>();
  const listeners: ((open: OpenFactor) => void)[] = [];
  const ended = createBoundedCache<string, Ended>({
    maxEntries: MAX_ENDED,
    lifetime: { ms: ENDED_TTL_MS, clock },
  });
  const reportable = createBoundedCache<string, Reportable>({
    maxEntries: MAX_REPORTABLE,
    lifetime: { ms: ENDED_TTL_MS, clock },
  });

  return {
    async open(opening) {
      const entry = joined(opening) ?? begin(opening);
      const sent = await entry.sending;
      if (sent.kind === 'failed') end(entry, 'withdrawn');
      else entry.sending = DELIVERED;
      return { ...sent, open: entry.open };
    },
    async resend(id, opening) {
      const entry = entries.get(id);
      if (entry === undefined || !isSamePlace(entry.open, opening)) return false;
      if (clock.monotonicMs() - entry.sentMs < RESEND_MS) return entry.sending;
      entry.sentMs = clock.monotonicMs();
      return opening.send(entry.open);
    },
    find: (id) => entries.get(id)?.open,
    codesOf: (login) => (byKey.get(keyOf(login)) ?? []).filter(isTypable).map(({ open }) => open),
    spendCode(id, passcode) {
      const entry = entries.get(id);
      if (entry?.open.code === undefined || !isTypable(entry)) return 'gone';
      if (isEqual(entry.open.code.reveal(), passcode)) {
        end(entry, 'approved');
        return 'spent';
      }
      miss(entry);
      return 'wrong';
    },
    missed(id) {
      const entry = entries.get(id);
      if (entry !== undefined) miss(entry);
    },
    answered(id, answer) {
      const entry = entries.get(id);
      if (entry === undefined) return takeLate(id, answer);
      return entry.isShown ? { kind: 'late' } : take(entry, answer);
    },
    wait(id, deadlineMs) {
      const entry = entries.get(id);
      if (entry === undefined) return Promise.resolve(claim(id));
      return waitFor(entry, deadlineMs);
    },
    reachedBy: (id) => entries.get(id)?.open ?? ended.get(id)?.reached ?? NOBODY,
    giveUp(id) {
      const entry = entries.get(id);
      if (entry !== undefined) end(entry, 'withdrawn');
    },
    close(id) {
      const entry = entries.get(id);
      if (entry !== undefined && entry.waiting.length === 0) end(entry, 'withdrawn');
    },
    onClosed: (listener) => void listeners.push(listener),
    list: () => [...entries.values()].map(({ open }) => open),
    count: () => entries.size,
  };

  function joined(opening: Opening): Entry | undefined {
    const { login, factor, code } = opening;
    const ofLogin = byKey.get(keyOf(login)) ?? NO_ENTRIES;
    const same = ofLogin.filter(({ open }) => open.factor === factor && isSamePlace(open, opening));
    if (login.station !== '' || code !== undefined) return same[0];
    // Without a station two attempts may be two people who know the password: the tap for one must not let in the other.
    return same.find(({ open }) => login.attempt !== undefined && open.login.attempt === login.attempt);
  }

  function begin({ login, factor, ttlMs, send, reported, ...rest }: Opening): Entry {
    const open: OpenFactor = {
      id: random.octets(16).toString('hex'),
      ...{ factor, login, ...rest },
      sinceMs: clock.nowMs(),
      expiresAtMs: clock.nowMs() + ttlMs,
    };
    const entry: Entry = {
      open,
      key: keyOf(login),
      endsMs: clock.monotonicMs() + ttlMs,
      timer: undefined,
      sending: Promise.resolve({ kind: 'failed', isLimited: true }),
      sentMs: clock.monotonicMs(),
      triesLeft: TRIES,
      waiting: [],
      reported,
      isShown: false,
    };
    if (entries.size >= options.maxOpen) return entry;
    arm(entry);
    entries.set(open.id, entry);
    byKey.set(entry.key, (byKey.get(entry.key) ?? NO_ENTRIES).concat(entry));
    entry.sending = send(open).catch((error: unknown) => {
      end(entry, 'withdrawn');
      throw error;
    });
    return entry;
  }

  function miss(entry: Entry): void {
    entry.triesLeft -= 1;
    if (entry.triesLeft <= 0) end(entry, 'withdrawn');
  }

  function take(entry: Entry, answer: PushAnswer): PushReceipt {
    const { open } = entry;
    // A wrong number is a wrong tap: it declines, and there is no second one.
    const isRight = answer.kind === 'approved' && (open.number === undefined || answer.choice === open.number);
    if (isRight && open.code !== undefined) {
      entry.isShown = true;
      return { kind: 'taken', code: open.code.reveal().toString('latin1') };
    }
    end(entry, isRight ? 'approved' : answer.kind === 'fraud-reported' ? 'fraud-reported' : 'denied');
    return { kind: 'taken' };
  }

  // Nobody has come in by it, and nobody will: but somebody knows the password.
  function takeLate(id: string, answer: PushAnswer): PushReceipt {
    const over = answer.kind === 'fraud-reported' ? reportable.get(id) : undefined;
    if (over === undefined) return { kind: 'late' };
    reportable.delete(id);
    over.reported();
    return { kind: 'taken' };
  }

  function end(entry: Entry, outcome: Outcome): void {
    const { open, key, timer, waiting } = entry;
    if (!entries.delete(open.id)) return;
    timer?.cancel();
    const others = (byKey.get(key) ?? []).filter((other) => other !== entry);
    if (others.length === 0) byKey.delete(key);
    else byKey.set(key, others);
    const isUsedUp = outcome === 'approved' && (waiting.length > 0 || open.code !== undefined);
    ended.set(open.id, { outcome: isUsedUp ? 'withdrawn' : outcome, reached: reachedOf(open) });
    if (outcome === 'fraud-reported' && waiting.length === 0) entry.reported?.();
    for (const { tell } of waiting) tell(outcome);
    entry.waiting = [];
    if (outcome !== 'withdrawn') return;
    if (open.factor === 'push' && entry.reported !== undefined) reportable.set(open.id, { reported: entry.reported });
    for (const listener of listeners) listener(open);
  }

  function claim(id: string): Outcome {
    const known = ended.get(id);
    if (known?.outcome === 'approved') ended.set(id, { ...known, outcome: 'withdrawn' });
    return known?.outcome ?? 'withdrawn';
  }

  function waitFor(entry: Entry, deadlineMs: number): Promise<Outcome | undefined> {
    return new Promise((tell) => {
      const isFirst = entry.waiting.every((other) => deadlineMs < other.deadlineMs);
      entry.waiting = entry.waiting.concat({ deadlineMs, tell });
      if (isFirst) arm(entry);
    });
  }

  // For what comes first: the end, or the deadline of one who waits.
  function arm(entry: Entry): void {
    entry.timer?.cancel();
    const atMs = entry.waiting.reduce((least, { deadlineMs }) => Math.min(least, deadlineMs), entry.endsMs);
    entry.timer = clock.setTimer(Math.max(0, atMs - clock.monotonicMs()), () => ring(entry));
  }

  function ring(entry: Entry): void {
    const nowMs = clock.monotonicMs();
    if (nowMs >= entry.endsMs) {
      end(entry, 'withdrawn');
      return;
    }
    const { waiting } = entry;
    entry.waiting = waiting.filter(({ deadlineMs }) => deadlineMs > nowMs);
    arm(entry);
    for (const { deadlineMs, tell } of waiting) if (deadlineMs <= nowMs) tell(undefined);
  }
}

// A code that the phone shows after its approval is worth nothing before it.
function isTypable({ open, isShown }: Entry): boolean {
  return open.code !== undefined && (open.factor !== 'push' || isShown);
}

function isSamePlace(one: Reached, other: Reached): boolean {
  return one.tokenId === other.tokenId && one.sentTo === other.sentTo;
}

// Apart from the rest, which need not be remembered for as long.
function reachedOf({ tokenId, sentTo }: OpenFactor): Reached {
  return { ...(tokenId !== undefined && { tokenId }), ...(sentTo !== undefined && { sentTo }) };
}

function keyOf({ client, userKey, epoch = 0, station }: LoginKey): string {
  return [client, userKey, epoch, station].join('\0');
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
