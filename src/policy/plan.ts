import type { FactorName } from '../factors/index.ts';

/** What a login has to pass, and what happens where something is missing. */
export interface Plan {
  /** Second factors that may be used, in the order of preference; empty: none is asked for. */
  readonly factors: readonly FactorName[];
  /** For users without a usable token. */
  readonly unenrolled: 'deny' | 'allow' | 'enrol';
  /** When no primary could say. `allow` skips the first door alone: the second stays. */
  readonly unavailable: 'deny' | 'allow' | 'silence';
  readonly lockout: { readonly failures: number; readonly seconds: number };
  /** Whether the user is asked which factor to use, where there is more than one. */
  readonly hasMenu: boolean;
  /** Whether a PIN stands in front of every passcode. */
  readonly hasPin: boolean;
  /** How long the first door is enough, once both were passed from the same station; 0: never. */
  readonly rememberSeconds: number;
  /** How long a user is blocked who says that somebody else is at the door. */
  readonly fraudBlockSeconds: number;
  /** Wrong answers that one challenge allows. */
  readonly attempts: number;
  /** How long a challenge waits for its answer. */
  readonly challengeTtlMs: number;
}

/** One policy as configured. */
export interface PolicyOptions {
  readonly factors: readonly FactorName[];
  readonly unenrolled: 'deny' | 'allow' | 'enrol';
  readonly unavailable: 'deny' | 'allow' | 'silence';
  readonly lockout: { readonly failures: number; readonly seconds: number };
  readonly menu: boolean;
  readonly pin: boolean;
  readonly fraudBlockDays: number;
  readonly rememberHours: number;
}

/** Settings of the factors that a plan needs. */
export type FactorOptions = { readonly attempts: number } & Readonly<
  Record<FactorName, { readonly ttlSeconds: number }>
>;

/** The plan of each policy, by its name. */
export function createPlans(
  policies: Readonly<Record<string, PolicyOptions>>,
  factors: FactorOptions,
): ReadonlyMap<string, Plan> {
  return new Map(Object.entries(policies).map(([name, policy]) => [name, planOf(policy, factors)]));
}

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

function planOf(policy: PolicyOptions, options: FactorOptions): Plan {
  const ttlSeconds = Math.max(0, ...policy.factors.map((factor) => options[factor].ttlSeconds));
  return {
    factors: policy.factors,
    unenrolled: policy.unenrolled,
    unavailable: policy.unavailable,
    lockout: policy.lockout,
    hasMenu: policy.menu,
    hasPin: policy.pin,
    rememberSeconds: policy.rememberHours * HOUR_SECONDS,
    fraudBlockSeconds: policy.fraudBlockDays * DAY_SECONDS,
    attempts: options.attempts,
    challengeTtlMs: ttlSeconds * 1_000,
  };
}
