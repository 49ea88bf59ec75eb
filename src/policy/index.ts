export { beginUnder, continueUnder } from './begun.ts';
export type { ConditionOptions } from './condition.ts';
export { groupKey } from './facts.ts';
export type { Facts, Identity } from './facts.ts';
export type { Day } from './hours.ts';
export { createPlans } from './plan.ts';
export type { Explanation, FactorOptions, Plan, Plans, PolicyOptions, ReplyOptions } from './plan.ts';
export type { Decision, Mismatch, RuleOptions, ScopeOptions } from './rule.ts';
