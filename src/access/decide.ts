import type { ChallengeSession, Taken } from '../challenge/index.ts';
import type { Plan } from '../policy/index.ts';
import type { Credentials } from '../primary/index.ts';
import { createAcquaintance } from './acquaintance.ts';
import type { AccessDeps, AccessSettings } from './deps.ts';
import type { LoginUser } from './directory.ts';
import { isEndless, isMisplaced, limitsOfRound, requestOfUser, withoutQuestions } from './eap.ts';
import { createDigest, proofOf, readAnswer, readEntry, type Entry } from './entry.ts';
import { answerHomeServer, askFirstDoor, type FirstDoorResult } from './first-door.ts';
import { createFirstStep, isPasswordRight, type FirstStepContext } from './first-step.ts';
import { createFatigue } from './fatigue.ts';
import { createFraudDesk } from './fraud.ts';
import { isGone } from './gone.ts';
import { createLastWrong, wrongKeyOf } from './last-wrong.ts';
import { createLoopGuard } from './loop-guard.ts';
import { createNewPassword, type NewPassword } from './new-password.ts';
import { createRateLimits } from './rate-limits.ts';
import { createRecorder, guardDirectory, LedgerError, rejection } from './recorder.ts';
import { createRelayedChange, type RelayedChange } from './relayed-change.ts';
import type { AccessRequest, Decide, Decision } from './request.ts';
import { begunUnder, createPlansOfVisits } from './plans-of-visits.ts';
import { createProofs } from './proofs.ts';
import { createRounds } from './rounds.ts';
import { secondStepOf } from './second-step-of.ts';
import { shutFor, shutOf, type Shut } from './shut-out.ts';
import { isPlanSure, unavailableRule } from './unavailable.ts';
import { createUnavailableLog } from './unavailable-log.ts';
import { garbledName, readUsername } from './username.ts';
import { createUnveil } from './veiled-answer.ts';
import { createDescribeEvent, type Visit } from './visit.ts';
import { createWays, type Ways, type WaysDeps } from './ways.ts';

// Of an answer that holds no password of the login.
const UNTOLD = { password: undefined, answer: undefined, mayHoldPasscode: false } as const;

/** Decides Access-Requests: both doors, in order, each verdict durable before it is given. */
export function createDecide(deps: AccessDeps): Decide {
  const { clock, sessions } = deps;
  const directory = guardDirectory(deps.directory);
  const digest = createDigest(deps.random);
  const plans = createPlansOfVisits(directory, clock);
  const recorder = createRecorder(deps.ledger, createDescribeEvent(deps.serverId, clock), plans.grant);
  const rounds = createRounds(sessions, deps.states, recorder);
  const proofs = createProofs(deps);
  const rates = createRateLimits(clock);
  const fatigue = createFatigue(clock, deps.open);
  const waysDeps: WaysDeps = { directory, isPaused: (userId, options) => fatigue.isPaused(userId, options) };
  const fraud = createFraudDesk(deps, recorder);
  const sayUnavailable = createUnavailableLog(clock, deps.logger);
  const lastWrong = createLastWrong(clock);
  const newPassword = createNewPassword({
    ...{ clock, recorder, rounds, digest, lastWrong, sayUnavailable, box: deps.passwordBox },
    goOn: (visit, said, fresh, answeredId) =>
      goOn(visit, said, { ...UNTOLD, passwordDigest: digest(fresh), answeredId }),
  });
  const relayedChange = createRelayedChange({ clock, recorder, sayUnavailable, box: deps.passwordBox });
  const second = secondStepOf(deps, {
    ...{ directory, recorder, rounds, proofs, fatigue, fraud, renewPassword: renewal(relayedChange, newPassword) },
  });
  const unveil = createUnveil(deps.open, () => clock.nowMs());
  const acquaintance = createAcquaintance({ people: deps.people, planned });
  const isLooped = createLoopGuard(deps);
  const firstStep = createFirstStep({
    ...{ recorder, rounds, second, newPassword, lastWrong, sayUnavailable, openings: deps.openings },
  });

  return (request) => decide(request).catch((error: unknown) => failClosed(request, error));

  async function decide(request: AccessRequest): Promise<Decision> {
    const asked = makeVisit(withoutQuestions(request));
    const { credentials } = request;
    if (isLooped(request)) return recorder.deny(asked, 'request-looped');
    const round = rounds.read(request.state);
    const rate = rates.take(asked, limitsOfRound(asked.settings.limits.rates, credentials, round.kind === 'ours'));
    if (rate.kind === 'over') return tooOften(asked, rate);
    if (asked.username.key === '') return recorder.deny(asked, 'username-invalid');
    if (round.kind === 'forged') return recorder.deny(asked, 'state-forged');
    if (round.kind === 'ours' && round.owner !== deps.serverId) return recorder.deny(asked, 'owner-unreachable');
    const identified = await acquaintance.identify(asked);
    if (identified.kind === 'ambiguous') return recorder.deny(identified.visit, 'user-ambiguous');
    const visit = identified.kind === 'unavailable' ? { ...asked, isUnidentified: true } : identified.visit;
    const ownRate = rates.takeOwn(visit, asked, asked.settings.limits.rates);
    if (ownRate.kind === 'over') return tooOften(visit, ownRate);
    const shut = shutOf(visit, directory, clock.nowMs());
    if (shut !== undefined) return recorder.deny(visit, shut);
    // Before the first door: nobody can guess at passwords here, and the words tell a stranger nothing.
    if (visit.plan.decision === 'deny') return recorder.deny(visit, 'denied-by-rule');
    if (credentials.kind === 'unsupported') return recorder.deny(visit, 'credentials-unsupported');
    if (round.kind !== 'ours')
      return begin(visit, credentials, identified.kind === 'unavailable' ? identified.said : undefined);
    return isPlanSure(visit) ? answer(visit, credentials, round.id) : recorder.deny(visit, 'primary-unavailable');
  }

  // `unasked`: what comes of the first door without asking it.
  async function begin(visit: Visit, credentials: Credentials, unasked?: FirstDoorResult): Promise<Decision> {
    const { request, settings } = visit;
    const appPassword = isPlanSure(visit) ? proofs.findAppPassword(visit) : undefined;
    if (appPassword !== undefined)
      return recorder.admit(visit, 'app-password', { factor: 'app-password' }, { codeId: appPassword.id });
    const change = relayedChange.open(visit, credentials);
    if (change === 'unproven') return recorder.deny(visit, 'password-change-unproven');
    const isPasswordUnused = request.client.primary.every((name) => settings.passwordless.has(name));
    const context = {
      tokens: visit.ways.tokens(),
      hasFactors: visit.ways.offers().length > 0,
      form: visit.ways.form,
      isCode: (passcode: Buffer) => proofs.findCode(visit, passcode) !== undefined,
      factors: settings.factors,
      isPasswordUnused,
      nowMs: clock.nowMs(),
      digest,
    };
    const read = (mayBeGlued: boolean): Entry => readEntry(request, credentials, { ...context, mayBeGlued });
    const asked = guessedOnce(visit, credentials, read(request.client.gluedPasscode && !isPasswordUnused));
    if (isStorm(visit, asked)) return recorder.deny(visit, 'wrong-password-repeated');
    const said = unasked ?? change?.said ?? (await askFirstDoor(visit, asked.credentials, settings.primaries));
    relayedChange.notice(visit, credentials, said);
    const entry = said.result.kind === 'unavailable' ? read(false) : asked;
    const needsDigest = visit.plan.factors.length > 0 || said.result.kind !== 'accepted';
    return goOn(visit, said, {
      passwordDigest: needsDigest && entry.password !== undefined ? digest(entry.password) : undefined,
      password: entry.password,
      answer: entry.answer,
      mayHoldPasscode: entry.mayHoldPasscode,
      answeredId: undefined,
      change: change?.stale,
    });
  }

  // What was refused as a whole costs no failure when it is repeated, so a passcode at its end must not become right with
  // time: it goes to the first door as a whole again, and nothing tells that it would fit by now.
  function guessedOnce(visit: Visit, credentials: Credentials, entry: Entry): Entry {
    if (entry.answer === undefined || credentials.kind !== 'pap') return entry;
    const { password } = credentials;
    if (!lastWrong.isKnown(wrongKeyOf(visit), digest(password))) return entry;
    return { credentials, password, mayHoldPasscode: true };
  }

  function isStorm(visit: Visit, { password }: Entry): boolean {
    if (password === undefined || visit.settings.limits.stormMs === 0) return false;
    return lastWrong.isRefused(wrongKeyOf(visit), visit.request.client.name, () => digest(password));
  }

  // The user is looked at once more: of many passwords guessed at the same time only the first few may count, and who
  // was disabled or deleted meanwhile stays outside.
  async function goOn(visit: Visit, said: FirstDoorResult, context: FirstStepContext): Promise<Decision> {
    const { result, primary } = said;
    if (!isPasswordRight(result)) return firstStep(visit, said, context);
    const request = result.kind === 'accepted' ? requestOfUser(visit, result) : visit.request;
    if (request === undefined) return recorder.deny(visit, 'identity-unproven', { primary });
    const identified =
      request === visit.request
        ? ({ kind: 'identified', visit } as const)
        : await acquaintance.meet(makeVisit(request));
    if (identified.kind !== 'identified') return recorder.deny(visit, identified.reason, { primary });
    const shut = await shutSince(identified.visit);
    if (shut !== undefined) return recorder.deny(identified.visit, shut, { primary });
    const kept = await acquaintance.keep(identified.visit);
    if (kept === undefined) return recorder.deny(visit, 'user-ambiguous', { primary });
    const known = withPlan(kept, plans.planForAnswer(kept, begunUnder(identified.visit)));
    if (known === undefined) return recorder.deny(visit, 'challenge-expired', { primary });
    const since =
      shutOf(known, directory, clock.nowMs()) ?? (known.plan.decision === 'deny' ? 'denied-by-rule' : undefined);
    return since === undefined ? firstStep(known, said, context) : recorder.deny(known, since, { primary });
  }

  async function shutSince(visit: Visit): Promise<Shut | undefined> {
    const { user } = visit;
    if (user === undefined) return shutOf(visit, directory, clock.nowMs());
    await recorder.failuresCounted(user.id);
    const present = directory.findUser(user.name);
    // One made anew under the same name is another user, whom the first door was not asked about.
    return present?.id === user.id ? shutFor(present, clock.nowMs()) : 'user-disabled';
  }

  async function answer(visit: Visit, credentials: Credentials, id: string): Promise<Decision> {
    const octets = proofOf(credentials) ?? Buffer.alloc(0);
    const bearer = { client: visit.request.client.name, userKey: visit.username.key };
    const taken = await sessions.take(id, bearer, digest(octets));
    if (taken.kind !== 'taken') return notTaken(visit, taken);
    try {
      const judged = withPlan(visit, plans.planForAnswer(visit, taken.session.login));
      const decision =
        judged === undefined
          ? await recorder.deny(visit, 'challenge-expired')
          : await decideAnswer(judged, credentials, taken.session, id);
      if (decision.verdict.kind !== 'challenge') await sessions.conclude(id, undefined);
      return decision;
    } catch (error) {
      await sessions.conclude(id, undefined);
      throw error;
    }
  }

  function decideAnswer(
    visit: Visit,
    credentials: Credentials,
    session: ChallengeSession,
    id: string,
  ): Promise<Decision> {
    if (isMisplaced(credentials, session)) return recorder.deny(visit, 'challenge-mismatched');
    if (!isFirstDoorPassed(visit, session)) return recorder.deny(visit, 'primary-unavailable');
    switch (session.kind) {
      case 'second-door': {
        const { passwordDigest } = session.login;
        const { form } = visit.ways;
        const given = unveil(visit, session, credentials);
        const typed = readAnswer(visit.request, given?.credentials ?? credentials, { passwordDigest, form, digest });
        return second.resume(visit, given?.session ?? session, typed, id);
      }
      case 'enrolment':
        // Enrolled by now, the user passes the second door like everybody; otherwise the question is asked again.
        return second.begin(visit, session.login, undefined, id);
      case 'new-password':
        return newPassword.answer(visit, credentials, session, id);
      case 'home-server':
        return askedByHomeServer(visit, credentials, session, id);
    }
  }

  // Where no primary could be asked, that has to be allowed still; and while nobody can say who that is, nothing else goes on.
  function isFirstDoorPassed(visit: Visit, { kind, login }: ChallengeSession): boolean {
    const isUnasked = kind === 'second-door' && login.primary === undefined;
    if (!isUnasked) return visit.isUnidentified !== true;
    return unavailableRule(visit, deps.openings)[0] === 'allow' && !isGone(visit);
  }

  async function askedByHomeServer(
    visit: Visit,
    credentials: Credentials,
    { login, conversation }: ChallengeSession & { readonly kind: 'home-server' },
    answeredId: string,
  ): Promise<Decision> {
    if (isEndless(conversation.eap, clock.monotonicMs())) return recorder.deny(visit, 'challenge-expired');
    const said = await answerHomeServer(visit, credentials, conversation, visit.settings.primaries);
    return goOn(visit, said, { ...UNTOLD, passwordDigest: login.passwordDigest, answeredId });
  }

  async function notTaken(visit: Visit, taken: Exclude<Taken, { kind: 'taken' }>): Promise<Decision> {
    switch (taken.kind) {
      case 'in-progress':
        return { verdict: { kind: 'silence', reason: 'answer-in-progress' } };
      case 'repeated':
        return { verdict: { kind: 'challenge', reason: 'passcode-asked-again', ...taken.question } };
      case 'spent':
        return recorder.deny(visit, 'challenge-spent');
      case 'mismatched':
        return recorder.deny(visit, 'challenge-mismatched');
      case 'unknown':
        return recorder.deny(visit, 'challenge-expired');
    }
  }

  function makeVisit(request: AccessRequest): Visit {
    const settings = deps.settings();
    const octets = request.username ?? Buffer.alloc(0);
    const username = readUsername(octets, request.client.charset, request.client.stripDomain);
    const user = username === undefined ? undefined : directory.findUser(username.key);
    const parts = { request, username: username ?? garbledName(octets), user, person: undefined };
    return planned({ ...parts, settings });
  }

  // The plan of the rule that matches now, and the ways that it leaves.
  function planned(parts: Omit<Visit, 'plan' | 'ways'>): Visit {
    const plan = plans.planFor(parts, parts.settings);
    return { ...parts, plan, ways: waysOf(parts.user, plan, parts.settings) };
  }

  function withPlan(visit: Visit, plan: Plan | undefined): Visit | undefined {
    if (plan === undefined || plan === visit.plan) return plan && visit;
    return { ...visit, plan, ways: waysOf(visit.user, plan, visit.settings) };
  }

  function waysOf(user: LoginUser | undefined, plan: Plan, settings: AccessSettings): Ways {
    return createWays(user, plan, settings, waysDeps);
  }

  // One event a minute is enough: a flood must not fill the disk. The client is answered all the same, or it would take us for dead.
  async function tooOften(visit: Visit, { isNews }: { readonly isNews: boolean }): Promise<Decision> {
    return isNews ? recorder.deny(visit, 'rate-limited') : { verdict: rejection(visit, 'rate-limited') };
  }

  function failClosed(request: AccessRequest, error: unknown): Decision {
    const reason = error instanceof LedgerError ? 'storage-failed' : 'internal-error';
    deps.logger.error({ requestId: request.id, err: error, reason }, 'the request could not be decided: rejected');
    return { verdict: rejection({ request }, reason) };
  }
}

// A change that came by MS-CHAP goes to the home server; in a directory, the new password is asked for.
function renewal(relayedChange: RelayedChange, newPassword: NewPassword): NewPassword['ask'] {
  return (visit, login, passed, cause) =>
    login.stale?.isRelayed === true
      ? relayedChange.relay(visit, login, passed)
      : newPassword.ask(visit, login, passed, cause);
}
