import type { Answer, PendingLogin, StalePassword } from '../challenge/index.ts';
import type { PrimaryResult } from '../primary/index.ts';
import { EAP_ROUND_TTL_MS } from './eap.ts';
import type { FirstDoorResult } from './first-door.ts';
import { isGone } from './gone.ts';
import { wrongKeyOf, type LastWrong } from './last-wrong.ts';
import type { NewPassword } from './new-password.ts';
import type { OpeningWatch } from './openings.ts';
import { begunUnder } from './plans-of-visits.ts';
import type { DenialReason } from './reason.ts';
import type { Recorder } from './recorder.ts';
import { isPasswordChange } from './relayed-change.ts';
import type { Decision } from './request.ts';
import type { Rounds } from './rounds.ts';
import type { SecondStep } from './second-step.ts';
import { isPlanSure, unavailableRule } from './unavailable.ts';
import type { UnavailableLog } from './unavailable-log.ts';
import type { Visit } from './visit.ts';

/** What came with the question to the first door. */
export interface FirstStepContext {
  /** Of the password that the login began with. */
  readonly passwordDigest: string | undefined;
  /** The password that the first door was asked about, where it may be changed if it has expired. */
  readonly password: Buffer | undefined;
  /** The change of a password that has expired, as the user's side has made it. */
  readonly change?: StalePassword | undefined;
  /** A passcode that came with it. */
  readonly answer: Answer | undefined;
  /** A refused password counts as a guess of a passcode. */
  readonly mayHoldPasscode: boolean;
  /** The round of a home server's challenge that was answered. */
  readonly answeredId: string | undefined;
}

/** From the first door's word to a verdict, or on to the second door. */
export type FirstStep = (visit: Visit, result: FirstDoorResult, context: FirstStepContext) => Promise<Decision>;

/** The first step. */
export function createFirstStep(tools: {
  readonly recorder: Recorder;
  readonly rounds: Rounds;
  readonly second: SecondStep;
  readonly newPassword: NewPassword;
  readonly lastWrong: LastWrong;
  readonly sayUnavailable: UnavailableLog;
  readonly openings: Pick<OpeningWatch, 'openFor'>;
}): FirstStep {
  const { recorder, rounds, second, newPassword, lastWrong, sayUnavailable, openings } = tools;

  return (visit, { primary, result }, context) => {
    const login = loginOf(visit, context.passwordDigest);
    switch (result.kind) {
      case 'accepted': {
        const opened = { ...login, primary, attributes: result.attributes };
        return second.begin(visit, opened, context.answer, context.answeredId);
      }
      case 'challenged': {
        if (!canBeAsked(visit)) return recorder.deny(visit, 'challenge-unsupported', { primary });
        const isEap = result.conversation.eap !== undefined;
        return rounds.ask(visit, {
          session: { kind: 'home-server', login, conversation: result.conversation },
          reason: isEap ? 'eap-round' : 'home-server-asks',
          message: '',
          echo: false,
          relayed: result.attributes,
          ttlMs: isEap ? EAP_ROUND_TTL_MS : HOME_SERVER_CHALLENGE_TTL_MS,
          details: { primary },
          // A round of EAP is no verdict on a user, and its packets are too many and too long to be kept for a repetition.
          isSettled: isEap,
          answeredId: isEap ? undefined : context.answeredId,
        });
      }
      case 'rejected':
        return refuse(visit, { ...result, primary }, context);
      case 'unavailable':
        sayUnavailable(visit.request.id, primary, result.cause);
        return unavailable(visit, login, context, result.isBusy === true);
    }
  };

  function refuse(
    visit: Visit,
    result: PrimaryResult & { readonly kind: 'rejected'; readonly primary: string },
    context: FirstStepContext,
  ): Promise<Decision> {
    const { primary, attributes } = result;
    const details = { primary, attributes };
    const reason = denialOf(result.reason);
    if (reason === 'password-expired' || reason === 'password-must-change') {
      const stale = context.change ?? newPassword.seal(visit, { primary, reason }, context.password);
      if (stale !== undefined) return replace(visit, primary, stale, context);
    }
    if (reason !== 'primary-rejected') return recorder.deny(visit, reason, details);
    const isGuess = result.reason === 'wrong-password' || context.mayHoldPasscode;
    const key = wrongKeyOf(visit);
    const { passwordDigest = '' } = context;
    const isNew = lastWrong.isNew(key, passwordDigest);
    // What was refused behind a home server's own question was its answer, not the password.
    const isPassword = context.answeredId === undefined && passwordDigest !== '';
    const isWrong = result.reason === 'wrong-password' || result.reason === 'rejected-upstream';
    const { stormMs } = visit.settings.limits;
    const client = visit.request.client.name;
    if (isWrong && isPassword && stormMs > 0) lastWrong.refused(key, passwordDigest, { client, stormMs });
    if (isGuess && isNew) return recorder.denyAndCount(visit, 'primary-rejected', details);
    return recorder.deny(visit, 'primary-rejected', details);
  }

  // Who has nothing to pass the second door with goes there first: no stranger changes what they cannot use.
  function replace(visit: Visit, primary: string, stale: StalePassword, context: FirstStepContext): Promise<Decision> {
    const login = { ...loginOf(visit, context.passwordDigest), primary, stale };
    const hasWay = visit.plan.factors.length === 0 || visit.ways.offers().length > 0;
    if (visit.plan.passwordChange === true && hasWay && stale.isRelayed !== true)
      return newPassword.ask(visit, login, undefined, { answeredId: context.answeredId, isSettled: false });
    return second.begin(visit, login, context.answer, context.answeredId);
  }

  // Anybody can keep a door busy: that opens none.
  function unavailable(
    visit: Visit,
    login: PendingLogin,
    context: FirstStepContext,
    isBusy: boolean,
  ): Promise<Decision> {
    const [rule, by] = unavailableRule(visit, openings);
    const { credentials } = visit.request;
    switch (rule) {
      case 'silence':
        return Promise.resolve({ verdict: { kind: 'silence', reason: 'unavailable-silent' } });
      case 'deny':
        return recorder.deny(visit, isBusy ? 'too-busy' : 'primary-unavailable');
      case 'allow':
        if (isBusy) return recorder.deny(visit, 'too-busy');
        if (!isPlanSure(visit) || isGone(visit)) return recorder.deny(visit, 'primary-unavailable');
        // Without the home server there is neither an EAP-Success nor anybody who says who that is; and nobody changes a password.
        return credentials.kind === 'eap' || isPasswordChange(credentials)
          ? recorder.deny(visit, 'primary-unavailable')
          : second.begin(visit, { ...login, unavailableBy: by }, context.answer, context.answeredId);
    }
  }
}

// Without a password in its requests (RD Gateway) a NAS has no field either in which a question could be answered.
function canBeAsked({ request }: Visit): boolean {
  return request.client.challenge || request.credentials.kind !== 'none';
}

// A home server's own time limit is not known here; five minutes is what users get for ours.
const HOME_SERVER_CHALLENGE_TTL_MS = 300_000;

type Rejection = Extract<PrimaryResult, { kind: 'rejected' }>['reason'];

// Nobody but who knows the password is told what else is wrong.
function denialOf(reason: Rejection): DenialReason {
  switch (reason) {
    case 'wrong-password':
    case 'user-unknown':
    case 'user-disabled':
    case 'rejected-upstream':
      return 'primary-rejected';
    case 'credentials-unsupported':
    case 'logon-hours':
    case 'workstation-denied':
    case 'password-expired':
    case 'password-must-change':
    case 'account-disabled':
    case 'account-expired':
    case 'account-locked':
      return reason;
  }
}

/** Whether the first door knows the password, though it may have expired. */
export function isPasswordRight(result: PrimaryResult): boolean {
  if (result.kind !== 'rejected') return result.kind === 'accepted';
  return result.reason === 'password-expired' || result.reason === 'password-must-change';
}

function loginOf(visit: Visit, passwordDigest: string | undefined): PendingLogin {
  return {
    client: visit.request.client.name,
    userKey: visit.username.key,
    attributes: [],
    ...begunUnder(visit),
    ...(visit.user !== undefined && { userId: visit.user.id }),
    ...(passwordDigest !== undefined && { passwordDigest }),
  };
}
