export { createPlans } from './plan.ts';
export type { FactorOptions, Plan, PolicyOptions } from './plan.ts';
