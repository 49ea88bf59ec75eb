import { createHmac } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { Secret } from '../lib/secret.ts';
import { encodeBase32 } from './base32.ts';
import type { PasscodeFactor, PasscodeToken } from './factor.ts';
import { otpauthUri } from './otpauth.ts';
import { createShortCode, normaliseShortCode } from './short-code.ts';
import { createTokenSecret } from './token-secret.ts';

/** What is told to a user who has to enrol first. */
export interface EnrolmentLink {
  /** Eight characters; 39 bits. */
  readonly code: string;
  /** The page of this enrolment. */
  readonly url: string;
  /** Wall time. */
  readonly expiresAtMs: number;
}

/** Who enrols, and from where they logged in. */
export interface Enrollee {
  readonly userId: number;
  readonly username: string;
  /** Name of the client. */
  readonly client: string;
  /** The user's at that login: counted up by a reset, a block, another password. A link from before any of them is void. */
  readonly epoch: number;
}

/** How far an enrolment is. */
export type EnrolmentProgress =
  /** `uri` is what an authenticator app reads, `key` the same secret in Base32 for typing. */
  | {
      readonly kind: 'open';
      readonly enrollee: Enrollee;
      readonly expiresAtMs: number;
      readonly attemptsLeft: number;
      readonly uri: Secret;
      readonly key: Secret;
    }
  | { readonly kind: 'complete'; readonly enrollee: Enrollee; readonly serial: string }
  /** Never begun, expired, or given up after too many wrong passcodes. */
  | { readonly kind: 'unknown' };

/** A token whose owner has just shown a passcode that fits. */
export type EnrolledToken = Pick<
  PasscodeToken,
  'userId' | 'type' | 'serial' | 'secret' | 'digits' | 'algorithm' | 'periodSeconds'
> & {
  readonly username: string;
  /** Of the login that the enrolment began with. */
  readonly epoch: number;
  /** The step after the one that was shown, which is spent. */
  readonly nextCounter: number;
};

/** What a passcode is to an enrolment. */
export type EnrolmentProof =
  /** Keep the token, then say `complete`; `reopen` where it could not be kept. */
  | { readonly kind: 'proved'; readonly token: EnrolledToken }
  | { readonly kind: 'wrong'; readonly attemptsLeft: number }
  /** Wrong too often: the link is dead. */
  | { readonly kind: 'used-up' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'unknown' };

/** Enrolments that began with a login. Nothing of them is in the store until a passcode has proved the token. */
export interface Enrolments {
  /**
   * Begins one; gives the same link again while one of this user and epoch is open. `undefined`: too many are. Call it only
   * for somebody who has passed the first door.
   */
  begin(enrollee: Enrollee): EnrolmentLink | undefined;
  /** The code in any spelling people use. */
  progress(code: string): EnrolmentProgress;
  prove(code: string, passcode: string): EnrolmentProof;
  /** The proved token is kept: logins that wait for it may go on. */
  complete(code: string): void;
  /** The proved token could not be kept: the user may try again. */
  reopen(code: string): void;
}

/** What enrolments are made with. */
export interface EnrolmentsDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Asked each time: a reload changes them. */
  readonly settings: () => {
    /** Where users reach the console, without a slash at its end. */
    readonly publicUrl: string;
    /** Stands above the code in authenticator apps. */
    readonly issuer: string;
    readonly totp: PasscodeFactor;
  };
}

const TTL_MS = 15 * 60_000;
const ATTEMPTS = 5;
// About 1 kB each.
const MAX_ENROLMENTS = 10_000;
const SHAPE = { type: 'totp', digits: 6, algorithm: 'sha1', periodSeconds: 30 } as const;
const SERIAL_OCTETS = 5;

interface Entry {
  readonly code: string;
  readonly enrollee: Enrollee;
  readonly serial: string;
  readonly secret: Secret;
  readonly expiresAtMs: number;
  readonly deadlineMs: number;
  attempts: number;
  state: 'open' | 'proved' | 'complete';
}

/** Enrolments of this process, in bounded memory. */
export function createEnrolments({ clock, random, settings }: EnrolmentsDeps): Enrolments {
  // By a digest under a key that nobody knows: how long a look-up takes says nothing about codes.
  const key = random.octets(32);
  const keyOf = (code: string): string => createHmac('sha256', key).update(normaliseShortCode(code)).digest('base64');
  const entries = new Map<string, Entry>();
  const openOf = new Map<number, Entry>();

  const forget = (entry: Entry): void => {
    entries.delete(keyOf(entry.code));
    if (openOf.get(entry.enrollee.userId) === entry) openOf.delete(entry.enrollee.userId);
  };
  // All last equally long: the oldest are the first to go.
  const sweep = (): void => {
    for (const entry of entries.values()) {
      if (entry.deadlineMs > clock.monotonicMs()) return;
      forget(entry);
    }
  };
  const find = (code: string): Entry | undefined => {
    sweep();
    return entries.get(keyOf(code));
  };
  const linkOf = ({ code, expiresAtMs }: Entry): EnrolmentLink => ({
    code,
    url: `${settings().publicUrl}/enrol/${code}`,
    expiresAtMs,
  });

  return {
    begin(enrollee) {
      sweep();
      const open = openOf.get(enrollee.userId);
      if (open?.enrollee.epoch === enrollee.epoch) return linkOf(open);
      if (open !== undefined) forget(open);
      if (entries.size >= MAX_ENROLMENTS) return undefined;
      const entry = newEntry(enrollee, clock, random);
      entries.set(keyOf(entry.code), entry);
      openOf.set(enrollee.userId, entry);
      return linkOf(entry);
    },
    progress(code) {
      const entry = find(code);
      return entry === undefined ? { kind: 'unknown' } : progressOf(entry, settings().issuer);
    },
    prove(code, passcode) {
      const entry = find(code);
      if (entry === undefined) return { kind: 'unknown' };
      if (entry.state === 'complete') return { kind: 'complete' };
      entry.attempts += 1;
      // While one proof is being kept no other is taken: a token is kept once.
      const check =
        entry.state === 'open'
          ? settings().totp.check(tokenOf(entry), Buffer.from(passcode, 'latin1'), clock.nowMs())
          : undefined;
      if (check?.kind === 'match') {
        entry.state = 'proved';
        return { kind: 'proved', token: enrolledToken(entry, check.counter) };
      }
      if (entry.attempts < ATTEMPTS) return { kind: 'wrong', attemptsLeft: ATTEMPTS - entry.attempts };
      if (entry.state === 'open') forget(entry);
      return { kind: 'used-up' };
    },
    complete(code) {
      const entry = find(code);
      if (entry?.state !== 'proved') return;
      entry.state = 'complete';
      openOf.delete(entry.enrollee.userId);
    },
    reopen(code) {
      const entry = find(code);
      if (entry?.state === 'proved') entry.state = 'open';
    },
  };
}

function newEntry(enrollee: Enrollee, clock: Clock, random: Random): Entry {
  return {
    code: createShortCode(random),
    enrollee,
    serial: `TOTP-${random.octets(SERIAL_OCTETS).toString('hex').toUpperCase()}`,
    secret: createTokenSecret(random, SHAPE.algorithm),
    expiresAtMs: clock.nowMs() + TTL_MS,
    deadlineMs: clock.monotonicMs() + TTL_MS,
    attempts: 0,
    state: 'open',
  };
}

function progressOf(entry: Entry, issuer: string): EnrolmentProgress {
  const { enrollee, serial, expiresAtMs, secret } = entry;
  if (entry.state === 'complete') return { kind: 'complete', enrollee, serial };
  return {
    kind: 'open',
    enrollee,
    expiresAtMs,
    attemptsLeft: Math.max(0, ATTEMPTS - entry.attempts),
    uri: Secret.fromText(otpauthUri({ issuer, account: enrollee.username, token: { ...SHAPE, secret } })),
    key: Secret.fromText(encodeBase32(secret.reveal())),
  };
}

function tokenOf({ enrollee, serial, secret }: Entry): PasscodeToken {
  return { ...SHAPE, id: 0, userId: enrollee.userId, serial, secret, lastCounter: -1, driftSteps: 0 };
}

function enrolledToken({ enrollee, serial, secret }: Entry, counter: number): EnrolledToken {
  const { userId, username, epoch } = enrollee;
  return { ...SHAPE, userId, username, epoch, serial, secret, nextCounter: counter + 1 };
}
