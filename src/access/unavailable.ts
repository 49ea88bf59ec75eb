import type { PendingLogin } from '../challenge/index.ts';
import type { Plan } from '../policy/index.ts';
import type { OpeningWatch } from './openings.ts';
import type { Visit } from './visit.ts';

/** Who has said what happens while no primary can be asked. */
export type Opener = NonNullable<PendingLogin['unavailableBy']>;

/** What happens while no primary can be asked: what somebody has opened for a while comes first, then what the client is set to. */
export function unavailableRule(
  { plan, request }: Visit,
  openings: Pick<OpeningWatch, 'openFor'>,
): [Plan['unavailable'], Opener] {
  const { name, unavailable } = request.client;
  if (openings.openFor(name) !== undefined) return ['allow', 'command'];
  return unavailable === undefined ? [plan.unavailable, 'policy'] : [unavailable, 'client'];
}

/** Whether the plan is sure: a rule may shut out a group, and while the directory is down nobody can say who is in it. */
export function isPlanSure({ isUnidentified, plan }: Visit): boolean {
  return isUnidentified !== true || plan.rule === undefined;
}
