import type { Connection, Found, Target } from './connection.ts';
import type { DirectoryEntry } from './entry.ts';
import { DirectoryError } from './error.ts';
import type { LdapResult, SearchQuestion } from './messages.ts';
import type { Referral } from './referral.ts';

/** Result codes (RFC 4511 §4.1.9). */
export const Code = {
  success: 0,
  sizeLimitExceeded: 4,
  strongerAuthRequired: 8,
  referral: 10,
  confidentialityRequired: 13,
  constraintViolation: 19,
  noSuchObject: 32,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  busy: 51,
  unavailable: 52,
  other: 80,
} as const;

/** An entry, and where it stands when that is not the server that was asked. */
export interface Place {
  readonly entry: DirectoryEntry;
  readonly at: Target | undefined;
}

/** What a search brought, referrals included. */
export interface Answer {
  readonly places: readonly Place[];
  /** There are more than were asked for, or than a server gives. */
  readonly isMore: boolean;
  /** Where the next page begins; `undefined` after the last one. */
  readonly cookie: Buffer | undefined;
}

/** How a search is made. */
export interface Searching {
  readonly connection: Connection;
  readonly deadlineMs: number;
  /** Follows one referral, on a connection of its own. Missing: none is followed. */
  readonly follow?: (referral: Referral, question: SearchQuestion, deadlineMs: number) => Promise<Found>;
  readonly allow: (url: string) => Referral | undefined;
}

// A directory that sends hundreds of them would keep a login busy.
const MAX_FOLLOWED = 3;

/** One search; what it refers to is searched as well, one step. Throws `DirectoryError`. */
export async function search(searching: Searching, question: SearchQuestion): Promise<Answer> {
  const { connection, deadlineMs } = searching;
  const found = await connection.search(question, deadlineMs);
  const isAway = found.result.code === Code.referral;
  if (!isAway) refuseFailure(found.result);
  const places = found.entries.map((entry) => ({ entry, at: undefined }));
  const elsewhere = await follow(searching, question, isAway ? found.result.referrals : found.references);
  return {
    places: [...places, ...elsewhere.places],
    isMore: found.result.code === Code.sizeLimitExceeded || elsewhere.isMore,
    cookie: found.result.cookie.length === 0 ? undefined : found.result.cookie,
  };
}

type Elsewhere = Pick<Answer, 'places' | 'isMore'>;

// Pages are turned here alone: elsewhere a second one is more than was asked for.
async function follow(searching: Searching, question: SearchQuestion, urls: readonly string[]): Promise<Elsewhere> {
  const { follow: ask, allow, deadlineMs } = searching;
  if (ask === undefined) return { places: [], isMore: false };
  const allowed = urls.flatMap((url) => allow(url) ?? []).slice(0, MAX_FOLLOWED);
  const places: Place[] = [];
  let isMore = false;
  for (const referral of allowed) {
    const { target, base } = referral;
    const found = await ask(referral, { ...question, base: base ?? question.base }, deadlineMs);
    if (found.result.code !== Code.referral) refuseFailure(found.result);
    places.push(...found.entries.map((entry) => ({ entry, at: target })));
    isMore ||= found.result.code === Code.sizeLimitExceeded || found.result.cookie.length > 0;
  }
  return { places, isMore };
}

/** Throws where that is a part of what there is: whoever or whatever is missing would seem not to be. */
export function refusePart({ isMore }: Pick<Answer, 'isMore'>): void {
  if (isMore)
    throw new DirectoryError('refused', `the directory gives no more entries (result ${Code.sizeLimitExceeded})`);
}

/** Throws where a search came to nothing. A base that is not there is a mistake of the configuration. */
export function refuseFailure({ code, message }: LdapResult): void {
  switch (code) {
    case Code.success:
    case Code.sizeLimitExceeded:
      return;
    case Code.busy:
    case Code.unavailable:
    case Code.other:
      throw new DirectoryError('closed', `the directory cannot answer now (result ${code})`);
    case Code.noSuchObject:
      throw new DirectoryError('refused', 'the base DN of the search does not exist, or our account may not see it');
  }
  throw new DirectoryError('refused', `the directory refuses the search (result ${code}: ${shortened(message)})`);
}

const MAX_CHARACTERS = 200;

/** A directory's own words, for the log: one line, not too long. */
export function shortened(text: string): string {
  return text
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, MAX_CHARACTERS);
}
