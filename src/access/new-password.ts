import type { ChallengeSession, NewPasswordChoice, PendingLogin, StalePassword } from '../challenge/index.ts';
import type { Clock } from '../lib/clock.ts';
import { Secret } from '../lib/secret.ts';
import type { Credentials, PasswordChangeResult, Primary } from '../primary/index.ts';
import type { PasswordBox } from './deps.ts';
import { isDigestOf, type Digest } from './entry.ts';
import { askOne, questionOf, type FirstDoorResult } from './first-door.ts';
import type { LastWrong } from './last-wrong.ts';
import { newPasswordQuestion } from './messages.ts';
import type { AcceptReason, ChallengeReason } from './reason.ts';
import type { Recorder } from './recorder.ts';
import type { Decision } from './request.ts';
import type { Rounds } from './rounds.ts';
import { readNewPassword } from './typed-password.ts';
import type { UnavailableLog } from './unavailable-log.ts';
import { decodeText } from './username.ts';
import { languageOf, type Visit } from './visit.ts';

/** How the second door was passed, where that came first. */
export interface Passed {
  readonly reason: AcceptReason;
  readonly factor?: string;
}

/** What led to a question. */
export interface Cause {
  /** The round whose answer led here. */
  readonly answeredId: string | undefined;
  /** The log has the event already. */
  readonly isSettled: boolean;
}

/** Leads a user whose password has expired to a new one. */
export interface NewPassword {
  /** The password, sealed for its change; `undefined` where the policy, the client or the primary allows none. */
  seal(visit: Visit, refused: Refused, password: Buffer | undefined): StalePassword | undefined;
  /** Asks for the new password. `passed`: the second door is open already. */
  ask(visit: Visit, login: PendingLogin, passed: Passed | undefined, cause: Cause): Promise<Decision>;
  /** The user has typed it, or has typed it again. */
  answer(visit: Visit, credentials: Credentials, session: Choosing, answeredId: string): Promise<Decision>;
}

/** Why a right password opens nothing. */
export interface Refused {
  readonly primary: string;
  readonly reason: StalePassword['reason'];
}

/** A new password that is being chosen. */
export type Choosing = Extract<ChallengeSession, { readonly kind: 'new-password' }>;

/** What it works with. */
export interface NewPasswordDeps {
  readonly clock: Clock;
  readonly box: PasswordBox;
  readonly recorder: Recorder;
  readonly rounds: Rounds;
  readonly digest: Digest;
  readonly lastWrong: Pick<LastWrong, 'forget'>;
  readonly sayUnavailable: UnavailableLog;
  /** The first door has spoken of the new password: on to the second. */
  readonly goOn: (visit: Visit, said: FirstDoorResult, fresh: Buffer, answeredId: string) => Promise<Decision>;
}

const TRIES = 3;
// For all questions together: that long the present password is kept.
const TTL_MS = 300_000;

// Whether asking for another password may help; otherwise the login is over.
const otherMayDo = { policy: 'policy', history: 'history' } as const;

type Notice = Parameters<typeof newPasswordQuestion>[0];

/** The way of a new password: typed, typed again, changed, tried at the first door. */
export function createNewPassword(deps: NewPasswordDeps): NewPassword {
  const { clock, box, recorder, rounds, digest } = deps;

  return {
    seal(visit, { primary, reason }, password) {
      const { client } = visit.request;
      const mayChange = visit.plan.passwordChange !== false && client.challenge;
      if (!mayChange || visit.settings.primaries.get(primary)?.changePassword === undefined) return undefined;
      const text = password && decodeText(password, client.charset);
      if (text === undefined || text === '') return undefined;
      return { reason, sealed: box.seal(Secret.fromText(text), identityOf(client.name, visit.username.key)) };
    },
    ask(visit, login, passed, cause) {
      const choice = { triesLeft: TRIES, expiresAtMs: clock.monotonicMs() + TTL_MS, ...(passed && { passed }) };
      const notice = login.stale?.reason === 'password-must-change' ? 'mustChange' : 'expired';
      return question(visit, { kind: 'new-password', login, choice }, { notice, ...cause });
    },
    answer,
  };

  function question(
    visit: Visit,
    session: Choosing,
    asked: Cause & { readonly notice: Notice; readonly reason?: ChallengeReason },
  ): Promise<Decision> {
    const { notice, reason = 'new-password-asked', answeredId, isSettled } = asked;
    return rounds.ask(visit, {
      ...{ session, reason, answeredId, isSettled },
      message: newPasswordQuestion(notice, languageOf(visit)),
      echo: false,
      ttlMs: TTL_MS,
      details: { primary: session.login.primary },
    });
  }

  function answer(visit: Visit, credentials: Credentials, session: Choosing, id: string): Promise<Decision> {
    const { login, choice } = session;
    const details = { primary: login.primary };
    if (clock.monotonicMs() >= choice.expiresAtMs) return recorder.deny(visit, 'challenge-expired', details);
    const octets = credentials.kind === 'pap' ? credentials.password : Buffer.alloc(0);
    const fresh = readNewPassword(octets, visit.request.client.charset);
    if (fresh === undefined) return again(visit, session, 'unusable', id);
    if (isDigestOf(octets, login.passwordDigest, digest)) return again(visit, session, 'same', id);
    if (choice.typedDigest === undefined) {
      const typed = { ...session, choice: { ...choice, typedDigest: digest(octets) } };
      return question(visit, typed, { notice: 'again', answeredId: id, isSettled: false });
    }
    if (!isDigestOf(octets, choice.typedDigest, digest)) return again(visit, session, 'differs', id);
    return change(visit, session, { octets, text: fresh }, id);
  }

  function again(
    visit: Visit,
    { login, choice }: Choosing,
    notice: Notice,
    answeredId: string,
    reason: ChallengeReason = 'new-password-asked-again',
  ): Promise<Decision> {
    const triesLeft = choice.triesLeft - 1;
    if (triesLeft <= 0) return recorder.deny(visit, 'password-change-refused', { primary: login.primary });
    const session: Choosing = { kind: 'new-password', login, choice: { ...untyped(choice), triesLeft } };
    return question(visit, session, { notice, reason, answeredId, isSettled: false });
  }

  async function change(
    visit: Visit,
    session: Choosing,
    fresh: { readonly octets: Buffer; readonly text: string },
    id: string,
  ): Promise<Decision> {
    const { login } = session;
    const details = { primary: login.primary };
    const primary = visit.settings.primaries.get(login.primary ?? '');
    if (visit.plan.passwordChange === false || primary?.changePassword === undefined || login.stale === undefined)
      return recorder.deny(visit, login.stale?.reason ?? 'password-expired', details);
    const outcome = await changeAt(visit, primary, login, login.stale, fresh.text);
    switch (outcome.kind) {
      case 'changed':
        deps.lastWrong.forget(visit.username.key, digest(fresh.octets));
        await recorder.note(visit, 'password-changed', details);
        return tryAtDoor(visit, session, primary, fresh.octets, id);
      case 'refused': {
        const isHopeless = outcome.reason !== 'policy' && outcome.reason !== 'history';
        if (isHopeless) return recorder.deny(visit, 'password-change-refused', details);
        return again(visit, session, otherMayDo[outcome.reason], id, 'new-password-refused');
      }
      case 'unavailable':
        deps.sayUnavailable(visit.request.id, primary.name, outcome.cause);
        return recorder.deny(visit, 'password-change-failed', details);
    }
  }

  async function changeAt(
    visit: Visit,
    primary: Primary,
    login: PendingLogin,
    { sealed }: StalePassword,
    fresh: string,
  ): Promise<PasswordChangeResult> {
    const old = box.open(sealed, identityOf(login.client, login.userKey));
    const asked = questionOf(visit, { kind: 'pap', password: old.reveal() }, primary.name);
    if (asked === undefined || primary.changePassword === undefined)
      return { kind: 'refused', reason: 'not-permitted' };
    return primary.changePassword(asked, { old, fresh: Secret.fromText(fresh) });
  }

  // A directory says that a password has expired before it looks at everything else: the new one has to open the door.
  async function tryAtDoor(
    visit: Visit,
    { login, choice }: Choosing,
    primary: Primary,
    fresh: Buffer,
    id: string,
  ): Promise<Decision> {
    const said = await askOne(visit, { kind: 'pap', password: fresh }, primary.name);
    if (choice.passed === undefined) return deps.goOn(visit, said, fresh, id);
    const { factor, reason } = choice.passed;
    const details = { primary: login.primary, factor };
    if (said.result.kind === 'accepted') {
      // Nobody to lock: who is not in the store has shown nothing but the password.
      return visit.user === undefined
        ? recorder.accept(visit, reason as AcceptReason, said.result, details)
        : recorder.admit(visit, reason as AcceptReason, details, {}, said.result);
    }
    if (said.result.kind === 'rejected') return deps.goOn(visit, said, fresh, id);
    return recorder.deny(visit, 'primary-unavailable', details);
  }
}

function untyped({ triesLeft, expiresAtMs, passed }: NewPasswordChoice): NewPasswordChoice {
  return { triesLeft, expiresAtMs, ...(passed && { passed }) };
}

// A sealed password opens for the login that it came with.
function identityOf(client: string, userKey: string): string {
  return `${client}\0${userKey}`;
}
