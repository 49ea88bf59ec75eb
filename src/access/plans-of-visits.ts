import type { PendingLogin } from '../challenge/index.ts';
import type { Clock } from '../lib/clock.ts';
import { beginUnder, continueUnder, type Plan } from '../policy/index.ts';
import { withOurs, type ClearAttribute } from '../radius/index.ts';
import type { AccessSettings } from './deps.ts';
import type { Directory } from './directory.ts';
import { factsOf, type VisitParts } from './visit-facts.ts';
import type { Visit } from './visit.ts';

/** Which plan a visit has, and what its Accept is given. */
export interface PlansOfVisits {
  /** The plan of the rule that matches now. */
  planFor(visit: VisitParts, settings: AccessSettings): Plan;
  /**
   * The plan for the answer to an open question; `undefined`: no factor is left that both the beginning and now allow, or the
   * user of that name is another one by now, or was reset or blocked meanwhile.
   */
  planForAnswer(visit: Visit, login: Begun & Pick<PendingLogin, 'userId'>): Plan | undefined;
  /** What an Accept carries: the home server's attributes as far as the client's relay rules leave them, then those of rule and policy. */
  readonly grant: (visit: Visit, relayed: readonly ClearAttribute[]) => readonly ClearAttribute[];
}

/** Plans by the rules of the configuration that a visit sees. */
export function createPlansOfVisits(directory: Pick<Directory, 'findUser'>, clock: Clock): PlansOfVisits {
  return {
    planFor(visit, settings) {
      const { client } = visit.request;
      const plan = settings.plans.find(client.policy, () => factsOf(visit, directory, clock.nowMs()));
      if (plan === undefined) throw new Error(`the client ${client.name} has no policy`);
      return plan;
    },
    planForAnswer({ plan, user }, { begun, userId, epoch = 0 }) {
      if (userId !== undefined && userId !== user?.id) return undefined;
      if (begun === undefined) return plan;
      // A phone that was lost, a reset or a block came between: whoever has begun may not be the user.
      if (userId !== undefined && epoch !== (user?.rememberEpoch ?? 0)) return undefined;
      return continueUnder(begun, plan);
    },
    grant(visit, relayed) {
      const { request, settings, plan } = visit;
      const { name, policy } = request.client;
      const theirs = settings.relays?.get(name)?.(relayed) ?? relayed;
      const ours = settings.plans.replies(policy, () => factsOf(visit, directory, clock.nowMs()));
      if (ours.length === 0) return withOurs(theirs, plan.reply);
      return withOurs(theirs, [...plan.reply, ...ours]);
    },
  };
}

/** What is kept of plan and user while a question is open. */
export type Begun = Pick<PendingLogin, 'begun' | 'epoch'>;

/** The same of a visit. */
export function begunUnder({ plan, user }: Visit): Begun {
  return { begun: beginUnder(plan), ...(user?.rememberEpoch !== undefined && { epoch: user.rememberEpoch }) };
}
