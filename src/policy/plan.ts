import type { PasscodeType } from '../factors/index.ts';

/** What a login has to pass, and what happens where something is missing. */
export interface Plan {
  /** Second factors that may be used, in the order of preference; empty: none is asked for. */
  readonly factors: readonly PasscodeType[];
  /** For users without a usable token. */
  readonly unenrolled: 'deny' | 'allow';
  /** When no primary could say. `allow` skips the first door alone: the second stays. */
  readonly unavailable: 'deny' | 'allow' | 'silence';
  readonly lockout: { readonly failures: number; readonly seconds: number };
  /** Wrong answers that one challenge allows. */
  readonly attempts: number;
  /** How long a challenge waits for its answer. */
  readonly challengeTtlMs: number;
}

/** One policy as configured. */
export interface PolicyOptions {
  readonly factors: readonly PasscodeType[];
  readonly unenrolled: 'deny' | 'allow';
  readonly unavailable: 'deny' | 'allow' | 'silence';
  readonly lockout: { readonly failures: number; readonly seconds: number };
}

/** Settings of the factors that a plan needs. */
export interface FactorOptions {
  readonly attempts: number;
  readonly totp: { readonly ttlSeconds: number };
  readonly hotp: { readonly ttlSeconds: number };
}

/** The plan of each policy, by its name. */
export function createPlans(
  policies: Readonly<Record<string, PolicyOptions>>,
  factors: FactorOptions,
): ReadonlyMap<string, Plan> {
  return new Map(Object.entries(policies).map(([name, policy]) => [name, planOf(policy, factors)]));
}

function planOf(policy: PolicyOptions, options: FactorOptions): Plan {
  const ttlSeconds = Math.max(0, ...policy.factors.map((factor) => options[factor].ttlSeconds));
  return {
    factors: policy.factors,
    unenrolled: policy.unenrolled,
    unavailable: policy.unavailable,
    lockout: policy.lockout,
    attempts: options.attempts,
    challengeTtlMs: ttlSeconds * 1_000,
  };
}
