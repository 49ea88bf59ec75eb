import { timingSafeEqual } from 'node:crypto';
import type { FactorName, PushAnswer, PushReceipt } from '../factors/index.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';

/** Which login a factor was opened for: a second attempt of the same one joins it. */
export interface LoginKey {
  readonly client: string;
  readonly userKey: string;
  /** Calling-Station-Id, an octet a character; empty where the NAS tells none. */
  readonly station: string;
  /** The request authenticator: the same request has the same, from whichever port it comes again (RFC 2865 §3). */
  readonly attempt?: string;
}

/** How an approval ended. */
export type Outcome = 'approved' | 'denied' | 'fraud-reported' | 'withdrawn';

/** What became of sending. */
export type Sending = { readonly kind: 'delivered' } | { readonly kind: 'failed'; readonly isLimited: boolean };

/** Sends the passcode or asks for the approval; `id` names it in what comes back. */
export type Send = (open: OpenFactor) => Promise<Sending>;

/** A passcode that was sent, or an approval that was asked for, until it is used, refused or too old. */
export interface OpenFactor {
  /** 32 hexadecimal digits: nobody guesses it. */
  readonly id: string;
  readonly factor: FactorName;
  readonly login: LoginKey;
  /** The passcode sent, or shown on the phone once it has approved. Missing for a plain approval. */
  readonly code?: Secret;
  /** The number that the user reads at the VPN and picks on the phone. */
  readonly number?: string;
  /** The phone that was asked. */
  readonly tokenId?: number;
  /** The number that was written to, as the store has it. */
  readonly phone?: string;
  /** Wall milliseconds. */
  readonly sinceMs: number;
  /** Wall milliseconds. */
  readonly expiresAtMs: number;
}

/** What is opened. */
export interface Opening {
  readonly login: LoginKey;
  readonly factor: FactorName;
  readonly ttlMs: number;
  readonly code?: Secret;
  readonly number?: string;
  readonly tokenId?: number;
  readonly phone?: string;
  readonly send: Send;
  /** Called when the phone reports a fraud while nobody waits to be told. */
  readonly reported?: () => void;
}

/** Factors that are open outside: on their way, on a phone, waiting to be typed. They belong to this server. */
export interface OpenFactors {
  /**
   * Joins the open one of this login and factor, or opens one; resolves when it is delivered, or is not. Where the NAS tells no
   * station, an approval joins that of the very same request alone.
   */
  open(opening: Opening): Promise<Sending & { readonly open: OpenFactor }>;
  /** Sends the same once more, at most every 30 seconds; `false`: there is nothing open any more. */
  resend(id: string, send: Send): Promise<Sending | false>;
  find(id: string): OpenFactor | undefined;
  /** Those of one login that have a passcode to be typed. */
  codesOf(login: LoginKey): readonly OpenFactor[];
  /** Compares in constant time and spends in one step: one passcode lets in once. */
  spendCode(id: string, passcode: Buffer): 'spent' | 'wrong' | 'gone';
  /** The phone has answered. */
  answered(id: string, answer: PushAnswer): PushReceipt;
  /** An answer was wrong, and is not the phone's last word: after five it is over, unanswered. */
  missed(id: string): void;
  /**
   * Waits until the end is known; `undefined` at the deadline (monotonic). An approval is good for those who wait when it
   * comes, or else for the first who asks: nobody is let in by one that was used.
   */
  wait(id: string, deadlineMs: number): Promise<Outcome | undefined>;
  /** The phone that was asked, also when it is over. */
  tokenOf(id: string): number | undefined;
  /** It will not be answered (the line is busy): who waits for it is told at once. */
  giveUp(id: string): void;
  /** Nobody waits for it any more: what comes now is too late. */
  close(id: string): void;
  /** Called with each one that is over unanswered, so that the phone stops showing it. */
  onClosed(listener: (open: OpenFactor) => void): void;
  /** Everything open, for the help desk: no passcodes in it. */
  list(): readonly OpenFactor[];
  count(): number;
}

interface Entry {
  readonly open: OpenFactor;
  readonly key: string;
  timer: Timer | undefined;
  sending: Promise<Sending>;
  sentMs: number;
  triesLeft: number;
  /** Arrays, here and below: nearly always of one, and a set takes 200 octets more. */
  waiting: readonly ((outcome: Outcome) => void)[];
  readonly reported: (() => void) | undefined;
  /** The phone's approval has shown the code. */
  isShown: boolean;
}

interface Ended {
  readonly outcome: Outcome;
  readonly tokenId: number | undefined;
}

const NO_ENTRIES: readonly Entry[] = [];
const RESEND_MS = 30_000;
// Guesses of one sent passcode, over all challenges that joined it.
const TRIES = 5;
// What ended is remembered as long, so that who asks late learns how.
const ENDED_TTL_MS = 120_000;
const MAX_ENDED = 65_536;

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

  return {
    async open(opening) {
      const entry = joined(opening) ?? begin(opening);
      const sent = await entry.sending;
      if (sent.kind === 'failed') end(entry, 'withdrawn');
      return { ...sent, open: entry.open };
    },
    async resend(id, send) {
      const entry = entries.get(id);
      if (entry === undefined) return false;
      if (clock.monotonicMs() - entry.sentMs < RESEND_MS) return entry.sending;
      entry.sentMs = clock.monotonicMs();
      return send(entry.open);
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
      return entry === undefined || entry.isShown ? { kind: 'late' } : take(entry, answer);
    },
    wait(id, deadlineMs) {
      const entry = entries.get(id);
      if (entry === undefined) return Promise.resolve(claim(id));
      return waitFor(entry, deadlineMs - clock.monotonicMs());
    },
    tokenOf: (id) => entries.get(id)?.open.tokenId ?? ended.get(id)?.tokenId,
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

  function joined({ login, factor, code }: Opening): Entry | undefined {
    const same = (byKey.get(keyOf(login)) ?? []).filter(({ open }) => open.factor === factor);
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
      timer: undefined,
      sending: Promise.resolve({ kind: 'failed', isLimited: true }),
      sentMs: clock.monotonicMs(),
      triesLeft: TRIES,
      waiting: [],
      reported,
      isShown: false,
    };
    if (entries.size >= options.maxOpen) return entry;
    entry.timer = clock.setTimer(ttlMs, () => end(entry, 'withdrawn'));
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

  function end(entry: Entry, outcome: Outcome): void {
    const { open, key, timer, waiting } = entry;
    if (!entries.delete(open.id)) return;
    timer?.cancel();
    const others = (byKey.get(key) ?? []).filter((other) => other !== entry);
    if (others.length === 0) byKey.delete(key);
    else byKey.set(key, others);
    const isUsedUp = outcome === 'approved' && (waiting.length > 0 || open.code !== undefined);
    ended.set(open.id, { outcome: isUsedUp ? 'withdrawn' : outcome, tokenId: open.tokenId });
    if (outcome === 'fraud-reported' && waiting.length === 0) entry.reported?.();
    for (const tell of waiting) tell(outcome);
    entry.waiting = [];
    if (outcome === 'withdrawn') for (const listener of listeners) listener(open);
  }

  function claim(id: string): Outcome {
    const known = ended.get(id);
    if (known?.outcome === 'approved') ended.set(id, { ...known, outcome: 'withdrawn' });
    return known?.outcome ?? 'withdrawn';
  }

  function waitFor(entry: Entry, delayMs: number): Promise<Outcome | undefined> {
    return new Promise((resolve) => {
      const timer = clock.setTimer(Math.max(0, delayMs), () => {
        entry.waiting = entry.waiting.filter((other) => other !== tell);
        resolve(undefined);
      });
      const tell = (outcome: Outcome): void => {
        timer.cancel();
        resolve(outcome);
      };
      entry.waiting = entry.waiting.concat(tell);
    });
  }
}

// A code that the phone shows after its approval is worth nothing before it.
function isTypable({ open, isShown }: Entry): boolean {
  return open.code !== undefined && (open.factor !== 'push' || isShown);
}

function keyOf({ client, userKey, station }: LoginKey): string {
  return [client, userKey, station].join('\0');
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
