import { hash, timingSafeEqual } from 'node:crypto';
import type { Answer, Word } from '../challenge/index.ts';
import type { PasscodeFactor, PasscodeToken, PasscodeType } from '../factors/index.ts';
import type { Random } from '../lib/random.ts';
import type { Credentials } from '../primary/index.ts';
import { gluedCandidates, readPasscode, readWord, splitChosen, splitMarked, type PasscodeForm } from './append.ts';
import type { AccessRequest } from './request.ts';

/** What a user entered, taken apart for the two doors. */
export interface Entry {
  /** For the first door. */
  readonly credentials: Credentials;
  /** For the second, when a passcode came with the password. */
  readonly answer?: Answer;
  /** The password for the first door, without the passcode. */
  readonly password: Buffer | undefined;
  /** A refused password may have been a password with a wrong passcode behind it: it counts as a guess. */
  readonly mayHoldPasscode: boolean;
}

/** Tells equal octets without keeping them; its key lives as long as the process. */
export type Digest = (octets: Buffer) => string;

const DIGEST_OCTETS = 16;
const NOTHING = Buffer.alloc(0);

/** A digest under a fresh random key. */
export function createDigest(random: Random): Digest {
  const key = random.octets(32);
  // A digest that crosses as `binary` text costs half of one that crosses as a buffer.
  return (octets) => hash('sha256', Buffer.concat([key, octets]), 'binary').slice(0, DIGEST_OCTETS);
}

/** What reading an entry needs to know of the user. */
export interface EntryContext {
  readonly tokens: readonly PasscodeToken[];
  /** Whether the user has any second factor; where there is none, every field is a password as it stands. */
  readonly hasFactors: boolean;
  /** What may be typed as passcode. */
  readonly form: PasscodeForm;
  /** Whether this is a backup or bypass code of the user. */
  readonly isCode: (passcode: Buffer) => boolean;
  readonly factors: Readonly<Record<PasscodeType, PasscodeFactor>>;
  /** The first door checks no password, so one that is a passcode is meant for the second. */
  readonly isPasswordUnused: boolean;
  /**
   * Whether a passcode glued to the password is tried. A wrong one is counted when the first door refuses the whole; where
   * no first door checks the password, guesses would cost nothing: there a passcode has to stand alone, behind the
   * delimiter, or in the answer to a question.
   */
  readonly mayBeGlued: boolean;
  readonly nowMs: number;
  readonly digest: Digest;
}

/** Takes the credentials of a first request apart. */
export function readEntry(request: AccessRequest, credentials: Credentials, context: EntryContext): Entry {
  // Nothing can be typed behind a password that is not here to be looked at.
  if (credentials.kind !== 'pap') return { credentials, password: passwordOf(credentials), mayHoldPasscode: false };
  const field = credentials.password;
  if (!context.hasFactors) return entryOf(field, undefined, context);
  const passcode = context.isPasswordUnused ? readPasscode(field, context.form) : undefined;
  if (passcode !== undefined) return entryOf(Buffer.alloc(0), passcode, context);
  const marked = splitMarked(field, request.client, context.form);
  if (marked !== undefined && isPasscodeBehind(marked.passcode, context)) {
    return entryOf(marked.password, marked.passcode, context);
  }
  const chosen = splitChosen(field, request.client);
  if (chosen !== undefined)
    return { ...entryOf(chosen.password, undefined, context), answer: chosenAnswer(chosen.word) };
  if (!context.mayBeGlued) return entryOf(field, undefined, context);
  const candidates = gluedCandidates(field);
  const glued = candidates.find(({ passcode }) => isShown(passcode, context));
  if (glued !== undefined) return entryOf(glued.password, glued.passcode, context);
  return { ...entryOf(field, undefined, context), mayHoldPasscode: candidates.length > 0 };
}

// EAP begins with a name: the same octets for everybody who hides behind one outer name, and no password of anyone.
function passwordOf(credentials: Credentials): Buffer | undefined {
  return credentials.kind === 'eap' ? undefined : proofOf(credentials);
}

// Letters behind the delimiter may be the end of a password: only a code that is right is taken for one.
function isPasscodeBehind(passcode: Buffer, { isCode }: EntryContext): boolean {
  return passcode.every((octet) => octet >= 0x30 && octet <= 0x39) || isCode(passcode);
}

function chosenAnswer(word: Word): Answer {
  return { kind: 'chosen', word };
}

/** What reading an answer needs to know. */
export interface AnswerContext {
  readonly passwordDigest: string | undefined;
  readonly form: PasscodeForm;
  readonly digest: Digest;
}

/** What an answer to a question is, compared with the password that the login began with. */
export function readAnswer(request: AccessRequest, credentials: Credentials, context: AnswerContext): Answer {
  const { passwordDigest, form, digest } = context;
  const field = proofOf(credentials);
  if (field === undefined || field.length === 0) return { kind: 'empty' };
  if (isDigestOf(field, passwordDigest, digest)) return { kind: 'password-repeated' };
  // Nothing that is known fits this CHAP or MS-CHAP response: a wrong guess, of what nobody can tell.
  if (credentials.kind !== 'pap') return { kind: 'typed', digest: digest(field), passcode: NOTHING };
  const marked = splitMarked(field, request.client, form);
  const isMarked = marked !== undefined && isDigestOf(marked.password, passwordDigest, digest);
  return typed(isMarked ? marked.passcode : field, form, digest);
}

/** The octets by which one login's password is told from another's; `undefined`: there are none. */
export function proofOf(credentials: Credentials): Buffer | undefined {
  switch (credentials.kind) {
    case 'none':
      return undefined;
    case 'pap':
      return credentials.password;
    case 'eap':
      return credentials.message;
    case 'chap':
      return Buffer.concat([credentials.challenge, credentials.response]);
    case 'ms-chap':
      return Buffer.concat([credentials.challenge, credentials.response ?? NOTHING]);
  }
}

function entryOf(password: Buffer, passcode: Buffer | undefined, { form, digest }: EntryContext): Entry {
  return {
    credentials: { kind: 'pap', password },
    password,
    mayHoldPasscode: false,
    ...(passcode !== undefined && { answer: typed(passcode, form, digest) }),
  };
}

function typed(octets: Buffer, form: PasscodeForm, digest: Digest): Answer {
  const passcode = readPasscode(octets, form);
  return { kind: 'typed', digest: digest(passcode ?? octets), passcode, word: readWord(octets) };
}

/** Whether these octets have that digest. */
export function isDigestOf(octets: Buffer, known: string | undefined, digest: Digest): boolean {
  if (known === undefined) return false;
  return timingSafeEqual(Buffer.from(digest(octets), 'latin1'), Buffer.from(known, 'latin1'));
}

function isShown(passcode: Buffer, { tokens, factors, nowMs }: EntryContext): boolean {
  return tokens.some((token) => factors[token.type].check(token, passcode, nowMs).kind !== 'wrong');
}
