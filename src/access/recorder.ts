import type { Found, Reached, Settlement, WrongThen } from '../challenge/index.ts';
import type { AdmissionClaim, FailureClaim, Ledger } from './audit.ts';
import type { Directory } from './directory.ts';
import { afterReset, denialMessage } from './messages.ts';
import type { PlansOfVisits } from './plans-of-visits.ts';
import type { AcceptReason, ChallengeReason, DenialReason } from './reason.ts';
import type { Decision } from './request.ts';
import type { Verdict } from './verdict.ts';
import type { DescribeEvent, EventDetails, Visit } from './visit.ts';

/** The log could not be written: nothing but a Reject may leave. */
export class LedgerError extends Error {
  constructor(cause: unknown) {
    super('the verdict could not be made durable', { cause });
    this.name = 'LedgerError';
  }
}

/** Makes verdicts durable and gives them as decisions. */
export interface Recorder {
  accept(visit: Visit, reason: AcceptReason, verdict: Accepted, details: EventDetails): Promise<Decision>;
  /** Writes down what happened on the way to a verdict. */
  note(visit: Visit, reason: ChallengeReason, details: EventDetails): Promise<void>;
  challenge(visit: Visit, verdict: Verdict & { kind: 'challenge' }, details: EventDetails): Promise<Decision>;
  /**
   * Accepts a user by an app password or a remembered login (`by`), or who passed the second door before the first was quite
   * open, unless they are locked, disabled or gone by now, or it is revoked.
   */
  admit(
    visit: Visit,
    reason: AcceptReason,
    details: EventDetails,
    by: Pick<AdmissionClaim, 'codeId' | 'rememberedId'>,
    verdict?: Accepted,
  ): Promise<Decision>;
  deny(visit: Visit, reason: DenialReason, details?: DenialDetails): Promise<Decision>;
  /** Denies and counts a failure of the user; the reason becomes `locked-out` when it was one too many. */
  denyAndCount(visit: Visit, reason: DenialReason, details?: DenialDetails): Promise<Decision>;
  /** A verdict that the second door has made durable while it ran. */
  settled(visit: Visit, verdict: Exclude<Verdict, { kind: 'silence' }>, details: EventDetails): Decision;
  /** What the second door needs durable while it runs. */
  settlement(visit: Visit, details: EventDetails, then?: Opened): Settlement;
  /** Resolves when the failures of the user that are being counted now are durable, or could not be written. */
  failuresCounted(userId: number): Promise<void>;
}

/** What follows the second door: the Accept, or what nobody may do but who has passed it. */
export type Opened = 'accept' | 'new-password-asked' | 'password-change-allowed';

/** An Accept's attributes. */
export type Accepted = Pick<Verdict & { kind: 'accept' }, 'attributes'>;

/** A denial's event details, and a home server's own words for the user. */
export interface DenialDetails extends EventDetails {
  readonly attributes?: (Verdict & { kind: 'reject' })['attributes'];
  /** Why the user has no second factor any more: for nobody who has not passed the first door. */
  readonly resetReason?: string | undefined;
}

const NOTHING: Accepted = { attributes: [] };

/**
 * Records verdicts in the ledger, each in the words of `describe`. Every Accept is given here, and `grant` says what it
 * carries: the same whichever way the user came in.
 */
export function createRecorder(ledger: Ledger, describe: DescribeEvent, grant: PlansOfVisits['grant']): Recorder {
  const counting = new Map<number, Promise<void>>();
  return {
    async accept(visit, reason, { attributes }, details) {
      const verdict = { kind: 'accept', reason, attributes: grant(visit, attributes) } as const;
      const event = describe(visit, 'accept', reason, details);
      await durable(ledger.record(event));
      return { verdict, event };
    },
    async admit(visit, reason, details, by, { attributes } = NOTHING) {
      const verdict = { kind: 'accept', reason, attributes: grant(visit, attributes) } as const;
      const accepted = describe(visit, 'accept', reason, details);
      const locked = describe(visit, 'reject', 'locked-out', details);
      const outcome = await durable(
        ledger.admit({ userId: visit.user?.id ?? -1, ...by, accepted, locked, resets: false }),
      );
      if (outcome === 'locked') return { verdict: rejection(visit, 'locked-out'), event: locked };
      return { verdict, event: accepted };
    },
    note: (visit, reason, details) => durable(ledger.record(describe(visit, 'challenge', reason, details))),
    async challenge(visit, verdict, details) {
      const event = describe(visit, 'challenge', verdict.reason, details);
      await durable(ledger.record(event));
      return { verdict, event };
    },
    async deny(visit, reason, details = {}) {
      const event = describe(visit, 'reject', reason, details);
      await durable(ledger.record(event));
      return { verdict: rejection(visit, reason, details), event };
    },
    async denyAndCount(visit, reason, details = {}) {
      const { user, plan } = visit;
      if (user === undefined) return this.deny(visit, reason, details);
      const event = describe(visit, 'reject', reason, details);
      const locked = describe(visit, 'reject', 'locked-out', details);
      const claim = { userId: user.id, lockoutFailures: plan.lockout.failures, lockoutSeconds: plan.lockout.seconds };
      const outcome = await fail({ ...claim, event, locked });
      if (outcome === 'locked') return { verdict: rejection(visit, 'locked-out'), event: locked };
      return { verdict: rejection(visit, reason, details), event };
    },
    settled(visit, verdict, details) {
      const event = describe(visit, verdict.kind, verdict.reason, details);
      if (verdict.kind !== 'accept') return { verdict, event };
      return { verdict: { ...verdict, attributes: grant(visit, verdict.attributes) }, event };
    },
    settlement: (visit, details, then = 'accept') => settlementOf(visit, details, then),
    failuresCounted: (userId) => counting.get(userId) ?? Promise.resolve(),
  };

  function fail(claim: FailureClaim): Promise<'counted' | 'locked'> {
    const { userId } = claim;
    const failed = durable(ledger.fail(claim));
    const all = Promise.allSettled([counting.get(userId), failed]).then(() => {
      if (counting.get(userId) === all) counting.delete(userId);
    });
    counting.set(userId, all);
    return failed;
  }

  function settlementOf(visit: Visit, details: EventDetails, then: Opened): Settlement {
    const userId = visit.user?.id ?? -1;
    const { failures, seconds } = visit.plan.lockout;
    const locked = (): ReturnType<DescribeEvent> => describe(visit, 'reject', 'locked-out', details);
    return {
      spend: (found, otherwise) => durable(spend(found, otherwise)),
      admit: (factor, by) => durable(admit({ ...details, token: undefined, factor }, by)),
      block: () => {
        const event = describe(visit, 'reject', 'fraud-reported', details);
        return durable(ledger.block({ userId, seconds: visit.plan.fraudBlockSeconds, event }));
      },
      count(then) {
        const event = wrongEvent(visit, then, details);
        return fail({ userId, lockoutFailures: failures, lockoutSeconds: seconds, event, locked: locked() });
      },
    };

    async function spend(found: Found, otherwise: WrongThen): Promise<'spent' | 'replayed' | 'locked'> {
      switch (found.kind) {
        case 'token': {
          const { token, match } = found;
          const used = { ...details, token };
          const { counter, driftSteps } = match;
          return ledger.spend({ userId, tokenId: token.id, counter, driftSteps, ...events(used, otherwise) });
        }
        case 'code':
          return ledger.spendCode({
            userId,
            codeId: found.codeId,
            ...events({ ...details, token: undefined, factor: 'codes' }, otherwise),
          });
        case 'sent': {
          const outcome = await admit({ ...details, token: undefined, factor: found.factor }, found.by);
          return outcome === 'admitted' ? 'spent' : 'locked';
        }
      }
    }

    function events(used: EventDetails, otherwise: WrongThen) {
      return {
        accepted: openedEvent(visit, then, used),
        replayed: wrongEvent(visit, otherwise, used),
        locked: locked(),
      };
    }

    function admit(used: EventDetails, { tokenId, sentTo }: Reached): Promise<'admitted' | 'locked'> {
      const accepted = openedEvent(visit, then, used);
      const by = { ...(tokenId !== undefined && { tokenId }), ...(sentTo !== undefined && { sentTo }) };
      return ledger.admit({ userId, ...by, accepted, locked: locked(), resets: true });
    }
  }

  function openedEvent(visit: Visit, then: Opened, used: EventDetails): ReturnType<DescribeEvent> {
    return then === 'accept' ? describe(visit, 'accept', 'both-doors', used) : describe(visit, 'challenge', then, used);
  }

  function wrongEvent(visit: Visit, then: WrongThen, details: EventDetails): ReturnType<DescribeEvent> {
    return then.kind === 'ask'
      ? describe(visit, 'challenge', 'passcode-asked-again', details)
      : describe(visit, 'reject', then.reason, details);
  }
}

/** The Reject for a reason, with the request id in what the user reads. */
export function rejection(
  visit: Pick<Visit, 'request'> & Partial<Pick<Visit, 'user' | 'settings'>>,
  reason: DenialReason,
  { attributes = [], resetReason }: Pick<DenialDetails, 'attributes' | 'resetReason'> = {},
): Verdict & { kind: 'reject' } {
  const language = visit.user?.language ?? visit.settings?.delivery.language;
  const message = afterReset(denialMessage(reason, visit.request.id, language), language, resetReason);
  return { kind: 'reject', reason, message, attributes };
}

/** A directory whose failures are told apart from bugs: a login that cannot be judged is refused as `storage-failed`. */
export function guardDirectory(directory: Directory): Directory {
  return {
    findUser: (name) => guarded(() => directory.findUser(name)),
    passcodeTokens: (userId) => guarded(() => directory.passcodeTokens(userId)),
    hasTokens: (userId) => guarded(() => directory.hasTokens(userId)),
    pushDevices: (userId) => guarded(() => directory.pushDevices(userId)),
    hasPending: (userId) => guarded(() => directory.hasPending(userId)),
    codes: (userId) => guarded(() => directory.codes(userId)),
  };
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new LedgerError(error);
  }
}

/** Makes durable what a verdict rests on. */
export async function durable<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw new LedgerError(error);
  }
}
