import type {
  Answer,
  ChallengeSession,
  LoginKey,
  Notice,
  Open,
  Passage,
  PendingLogin,
  Visitor,
} from '../challenge/index.ts';
import type { Courier } from './courier.ts';
import type { Enrolments } from './deps.ts';
import type { Directory } from './directory.ts';
import { detailsOf, LoginVisitor } from './login-visitor.ts';
import { enrolMessage, question, whilePaused } from './messages.ts';
import { otherNamesOf } from './other-names.ts';
import type { Cause, NewPassword, Passed } from './new-password.ts';
import type { ChallengeReason } from './reason.ts';
import type { Remember } from './remember.ts';
import { rejection, type Recorder } from './recorder.ts';
import type { Decision } from './request.ts';
import type { Rounds } from './rounds.ts';
import { languageOf, type Visit } from './visit.ts';

/** From an open first door to a verdict. */
export interface SecondStep {
  /** The first door is open: what does the plan ask for? */
  begin(visit: Visit, login: PendingLogin, answer: Answer | undefined, answeredId?: string): Promise<Decision>;
  /** The user has answered. */
  resume(visit: Visit, session: OpenChallenge, answer: Answer, answeredId: string): Promise<Decision>;
}

/** A challenge that waits for an answer. */
export type OpenChallenge = Extract<ChallengeSession, { readonly kind: 'second-door' }>;

/** What a second step works with. */
export interface SecondStepDeps {
  readonly directory: Directory;
  readonly recorder: Recorder;
  readonly rounds: Rounds;
  readonly courier: Courier;
  readonly openCodes: Visitor['openCodes'] extends () => infer Codes ? (login: LoginKey) => Codes : never;
  readonly findCode: (visit: Visit, typed: Buffer) => ReturnType<Visitor['findCode']>;
  readonly checkPin: (visit: Visit, typed: Buffer) => Promise<Buffer | 'busy' | undefined>;
  readonly remember: Remember;
  /** The user has come in: questions to their phone are counted anew. */
  readonly settled: (userId: number) => void;
  readonly fraudReported: (visit: Visit, factor: string | undefined) => void;
  readonly enrolments: Enrolments | undefined;
  /** Leads who has passed, but whose password has expired, to a new one. */
  readonly renewPassword: NewPassword['ask'];
}

/** The second step over the machine of `settings.secondDoor`. */
export function createSecondStep(deps: SecondStepDeps): SecondStep {
  const { directory, recorder, rounds } = deps;
  return { begin, resume };

  function begin(
    visit: Visit,
    login: PendingLogin,
    answer: Answer | undefined,
    answeredId?: string,
  ): Promise<Decision> {
    const { plan, request, settings } = visit;
    const details = detailsOf(visit, login);
    const isFirstDoorOpen = login.primary !== undefined;
    if (plan.factors.length === 0) {
      if (!isFirstDoorOpen) return recorder.deny(visit, 'primary-unavailable', details);
      const reason = plan.decision === 'skip' ? 'skipped-by-rule' : 'no-second-factor';
      return letIn(visit, login, { reason }, { answeredId, isSettled: false }, () =>
        recorder.accept(visit, reason, login, details),
      );
    }
    const ways = visit.ways.offers();
    if (ways.length === 0 && !visit.ways.isPaused()) return unenrolled(visit, login, answeredId);
    // What stood for the second factor yesterday does not let a stolen password be changed.
    const mayRemember = answer === undefined && login.stale === undefined;
    const remembered = mayRemember ? deps.remember.find(visit, login) : undefined;
    if (remembered !== undefined)
      return recorder.admit(visit, 'remembered', details, { rememberedId: remembered.id }, login);
    if (ways.length === 0) return recorder.deny(visit, 'approvals-paused', details);
    // Anybody who knows a name gets here while no primary can be asked: they ring no phone and send no message.
    const open = isFirstDoorOpen ? ways : ways.filter(({ kind }) => kind === 'own');
    if (open.length === 0) return recorder.deny(visit, 'primary-unavailable', details);
    const offers = hasField(visit) ? open : open.filter(({ kind }) => kind === 'approval');
    if (offers.length === 0) return recorder.deny(visit, 'approval-only', details);
    const limits = {
      attempts: plan.attempts,
      ttlMs: plan.challengeTtlMs,
      mayAsk: request.client.challenge,
      holds: request.client.outOfBand === 'hold',
      hasMenu: plan.hasMenu,
      offers,
    };
    return decided(visit, login, settings.secondDoor.open(visitorOf(visit, login), limits, answer), answeredId);
  }

  function resume(
    visit: Visit,
    { login, challenge }: OpenChallenge,
    answer: Answer,
    answeredId: string,
  ): Promise<Decision> {
    const hasNone = visit.ways.offers().length === 0 && !visit.ways.isPaused();
    if (hasNone) return turnAway(visit, login, 'unenrolled');
    const passing = visit.settings.secondDoor.resume(visitorOf(visit, login), challenge, answer);
    return decided(visit, login, passing, answeredId);
  }

  // By itself, so that a login that is held for a phone keeps nothing else of how it came here.
  function decided(
    visit: Visit,
    login: PendingLogin,
    passing: Promise<Passage>,
    answeredId: string | undefined,
  ): Promise<Decision> {
    return passing.then((passage) => decisionOf(visit, login, passage, answeredId));
  }

  function unenrolled(visit: Visit, login: PendingLogin, answeredId: string | undefined): Promise<Decision> {
    const { plan, user, request } = visit;
    const details = detailsOf(visit, login);
    const isFirstDoorOpen = login.primary !== undefined;
    // Whoever owns a token, disabled or not proved yet, sets up nothing new with a password alone.
    const mayEnrol = plan.unenrolled === 'enrol' && isFirstDoorOpen && request.client.challenge;
    if (mayEnrol && user !== undefined && deps.enrolments !== undefined && !directory.hasTokens(user.id)) {
      const { id: userId, name: username, rememberEpoch: epoch = 0 } = user;
      const invitation = deps.enrolments.begin({ userId, username, client: request.client.name, epoch });
      if (invitation === undefined) return recorder.deny(visit, 'too-busy', details);
      return rounds.ask(visit, {
        session: { kind: 'enrolment', login },
        reason: 'enrolment-asked',
        message: enrolMessage(invitation, languageOf(visit), user.resetReason),
        echo: true,
        ttlMs: ENROLMENT_TTL_MS,
        ...{ details, isSettled: false, answeredId },
      });
    }
    if (user !== undefined && directory.hasPending(user.id)) return turnAway(visit, login, 'not-activated');
    const mayPass = plan.unenrolled === 'allow' && isFirstDoorOpen && !ownsTokens(visit);
    if (!mayPass) return turnAway(visit, login, 'unenrolled');
    return letIn(visit, login, { reason: 'unenrolled-allowed' }, { answeredId, isSettled: false }, () =>
      recorder.accept(visit, 'unenrolled-allowed', login, details),
    );
  }

  // Why somebody was reset is for nobody who knows but a name.
  function turnAway(visit: Visit, login: PendingLogin, reason: 'unenrolled' | 'not-activated'): Promise<Decision> {
    const resetReason = login.primary === undefined ? undefined : visit.user?.resetReason;
    return recorder.deny(visit, reason, { ...detailsOf(visit, login), resetReason });
  }

  function visitorOf(visit: Visit, login: PendingLogin): Visitor {
    return new LoginVisitor(visit, login, deps);
  }

  function decisionOf(
    visit: Visit,
    login: PendingLogin,
    passage: Passage,
    answeredId: string | undefined,
  ): Promise<Decision> {
    const details = detailsOf(visit, login);
    switch (passage.kind) {
      case 'admitted': {
        if (visit.user !== undefined) deps.settled(visit.user.id);
        if (login.stale === undefined) deps.remember.keep(visit, login, passage.factor);
        const verdict = { kind: 'accept', reason: 'both-doors', attributes: login.attributes } as const;
        const used = { ...details, token: passage.token, factor: passage.factor };
        const passed = { reason: verdict.reason, factor: passage.token?.type ?? passage.factor };
        return letIn(visit, login, passed, { answeredId, isSettled: true }, () =>
          Promise.resolve(recorder.settled(visit, verdict, used)),
        );
      }
      case 'refused': {
        const { isSettled } = passage;
        if (passage.reason === 'fraud-reported') deps.fraudReported(visit, details.factor);
        const reason = reasonFor(visit, passage.reason);
        if (!isSettled) return recorder.deny(visit, reason, details);
        return Promise.resolve(recorder.settled(visit, rejection(visit, reason), details));
      }
      case 'asked':
        return rounds.ask(visit, {
          session: { kind: 'second-door', login, challenge: passage.next },
          reason: reasonOf(passage.notice),
          message: messageOf(visit, passage),
          echo: true,
          ttlMs: visit.plan.challengeTtlMs,
          details: { ...details, factor: currentOf(passage.next) ?? details.factor },
          isSettled: passage.isSettled,
          answeredId,
        });
    }
  }

  function messageOf(visit: Visit, { notice, next, number }: Extract<Passage, { kind: 'asked' }>): string {
    const asked = question(notice, next, languageOf(visit), number);
    return visit.ways.isPaused() ? whilePaused(asked, languageOf(visit)) : asked;
  }

  // Nobody is let in with a password that has expired, whatever else they have shown.
  function letIn(
    visit: Visit,
    login: PendingLogin,
    passed: Passed,
    cause: Cause,
    accept: () => Promise<Decision>,
  ): Promise<Decision> {
    return login.stale === undefined ? accept() : deps.renewPassword(visit, login, passed, cause);
  }

  // Also a user whom upstream knows by several spellings, and who is enrolled here under another of them.
  function ownsTokens(visit: Visit): boolean {
    if (visit.user !== undefined) return directory.hasTokens(visit.user.id);
    return otherNamesOf(visit).some((name) => {
      const other = directory.findUser(name);
      return other !== undefined && (!other.isEnabled || directory.hasTokens(other.id));
    });
  }
}

// Somewhere to type a passcode: RD Gateway sends no password and shows no question.
function hasField({ request }: Visit): boolean {
  return request.client.challenge || request.credentials.kind !== 'none';
}

// "Put it behind your password" helps nobody whose password does not come here.
function reasonFor({ request, ways }: Visit, reason: Refused): Refused | 'approval-needed' | 'approvals-paused' {
  if (reason === 'challenge-unsupported' && ways.isPaused()) return 'approvals-paused';
  const { kind } = request.credentials;
  const isTyped = kind === 'pap' || kind === 'none';
  return reason === 'challenge-unsupported' && !isTyped ? 'approval-needed' : reason;
}

type Refused = Extract<Passage, { readonly kind: 'refused' }>['reason'];

const ENROLMENT_TTL_MS = 900_000;

function reasonOf(notice: Notice): ChallengeReason {
  switch (notice) {
    case 'first':
      return 'passcode-asked';
    case 'menu':
      return 'factor-asked';
    case 'sent':
      return 'passcode-sent-asked';
    case 'approve':
    case 'approval-open':
      return 'approval-asked';
    case 'password-repeated':
    case 'empty':
    case 'wrong':
    case 'replayed':
    case 'not-offered':
    case 'not-delivered':
    case 'approval-late':
      return 'passcode-asked-again';
  }
}

function currentOf(challenge: Open): string | undefined {
  return challenge.state === 'choosing' ? undefined : challenge.current;
}
