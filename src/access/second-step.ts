import type { Answer, AwaitingPasscode, Passage, PendingLogin } from '../challenge/index.ts';
import type { PasscodeToken } from '../factors/index.ts';
import type { Directory } from './directory.ts';
import { questions } from './messages.ts';
import { otherNames } from './other-names.ts';
import { rejection, type Recorder } from './recorder.ts';
import type { Decision } from './request.ts';
import type { Rounds } from './rounds.ts';
import type { EventDetails, Visit } from './visit.ts';

/** From an open first door to a verdict. */
export interface SecondStep {
  /** The first door is open: what does the plan ask for? */
  begin(visit: Visit, login: PendingLogin, answer: Answer | undefined, answeredId?: string): Promise<Decision>;
  /** The user has answered. */
  resume(visit: Visit, session: OpenChallenge, answer: Answer, answeredId: string): Promise<Decision>;
}

/** A challenge that waits for a passcode. */
export interface OpenChallenge {
  readonly login: PendingLogin;
  readonly challenge: AwaitingPasscode;
}

/** The second step over the machine of `settings.secondDoor`. */
export function createSecondStep(directory: Directory, recorder: Recorder, rounds: Rounds): SecondStep {
  return { begin, resume };

  async function begin(
    visit: Visit,
    login: PendingLogin,
    answer: Answer | undefined,
    answeredId?: string,
  ): Promise<Decision> {
    const { plan, request, settings } = visit;
    const details = detailsOf(login);
    const isFirstDoorOpen = login.primary !== undefined;
    if (plan.factors.length === 0) {
      if (!isFirstDoorOpen) return recorder.deny(visit, 'primary-unavailable', details);
      return recorder.accept(visit, 'no-second-factor', login, details);
    }
    const tokens = visit.tokens();
    if (tokens.length === 0) {
      const mayPass = plan.unenrolled === 'allow' && isFirstDoorOpen && !ownsTokens(visit);
      return mayPass
        ? recorder.accept(visit, 'unenrolled-allowed', login, details)
        : recorder.deny(visit, 'unenrolled', details);
    }
    const limits = { attempts: plan.attempts, ttlMs: plan.challengeTtlMs, mayAsk: request.client.challenge };
    const visitor = { tokens, settlement: recorder.settlement(visit, detailsOf(login, tokens)) };
    const passage = await settings.secondDoor.open(visitor, limits, answer);
    return decisionOf(visit, login, passage, { details: detailsOf(login, tokens), answeredId });
  }

  async function resume(
    visit: Visit,
    { login, challenge }: OpenChallenge,
    answer: Answer,
    answeredId: string,
  ): Promise<Decision> {
    const tokens = visit.tokens();
    const details = detailsOf(login, tokens);
    if (tokens.length === 0) return recorder.deny(visit, 'unenrolled', details);
    const visitor = { tokens, settlement: recorder.settlement(visit, details) };
    const passage = await visit.settings.secondDoor.resume(visitor, challenge, answer);
    return decisionOf(visit, login, passage, { details, answeredId });
  }

  function decisionOf(visit: Visit, login: PendingLogin, passage: Passage, context: Context): Promise<Decision> {
    const { details, answeredId } = context;
    switch (passage.kind) {
      case 'admitted': {
        const verdict = { kind: 'accept', reason: 'both-doors', attributes: login.attributes } as const;
        return Promise.resolve(recorder.settled(visit, verdict, { ...details, token: passage.token }));
      }
      case 'refused': {
        const { reason, isSettled } = passage;
        if (!isSettled) return recorder.deny(visit, reason, details);
        return Promise.resolve(recorder.settled(visit, rejection(visit.request.id, reason), details));
      }
      case 'asked':
        return rounds.ask(visit, {
          session: { kind: 'second-door', login, challenge: passage.next },
          reason: passage.notice === 'first' ? 'passcode-asked' : 'passcode-asked-again',
          message: questions[passage.notice],
          echo: true,
          ttlMs: visit.plan.challengeTtlMs,
          details,
          isSettled: passage.isSettled,
          answeredId,
        });
    }
  }

  // Also a user whom upstream knows by several spellings, and who is enrolled here under another of them.
  function ownsTokens({ user, username }: Visit): boolean {
    if (user !== undefined) return directory.hasTokens(user.id);
    return otherNames(username.text).some((name) => {
      const other = directory.findUser(name);
      return other !== undefined && (!other.isEnabled || directory.hasTokens(other.id));
    });
  }
}

interface Context {
  readonly details: EventDetails;
  readonly answeredId: string | undefined;
}

function detailsOf(login: PendingLogin, tokens: readonly PasscodeToken[] = []): EventDetails {
  const isPassedUnavailable = login.primary === undefined;
  return {
    primary: login.primary,
    primaryPassedUnavailable: isPassedUnavailable,
    ...(tokens[0] !== undefined && { factor: tokens[0].type }),
  };
}
