import type { FactorName } from '../factors/index.ts';
import type { Plan } from './plan.ts';

/*
 * What a login began under, in one short text that lies with its open question. The answer is judged by the rule of that
 * moment and by the present one together: time passes, addresses change and configurations are read again between the
 * two, and none of that may make a door easier than it was, or is.
 */

// One text a plan, not one a login: thousands of logins wait for a phone under the same plan.
const texts = new WeakMap<Plan, string>();

/** What of that plan an answer to its questions will be held to. */
export function beginUnder(plan: Plan): string {
  const known = texts.get(plan);
  if (known !== undefined) return known;
  const { factors, numberMatching, rememberSeconds } = plan;
  const text = [factors.join(' '), numberMatching ? 1 : 0, rememberSeconds].join('|');
  texts.set(plan, text);
  return text;
}

/**
 * The plan for an answer: the present one, and nothing that the login did not begin under. `undefined`: no factor is left
 * that both allow.
 */
export function continueUnder(begun: string, plan: Plan): Plan | undefined {
  if (plan.decision === 'deny' || begun === beginUnder(plan)) return plan;
  const [listed = '', numberMatching, rememberSeconds] = begun.split('|');
  const before = listed.split(' ').filter((name) => name !== '') as FactorName[];
  const factors = factorsOfBoth(before, plan.factors);
  if (factors.length === 0 && before.length > 0) return undefined;
  return {
    ...plan,
    decision: factors.length > 0 ? 'factors' : plan.decision,
    factors,
    numberMatching: plan.numberMatching || numberMatching === '1',
    rememberSeconds: Math.min(plan.rememberSeconds, Number(rememberSeconds)),
  };
}

// Where one asks for nothing, the other's factors are what is asked for.
function factorsOfBoth(before: readonly FactorName[], now: readonly FactorName[]): readonly FactorName[] {
  if (before.length === 0) return now;
  return now.length === 0 ? before : before.filter((factor) => now.includes(factor));
}
