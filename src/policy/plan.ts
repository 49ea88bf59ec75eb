import type { FactorName } from '../factors/index.ts';
import type { ClearAttribute } from '../radius/index.ts';
import type { WallClocks } from './condition.ts';
import type { Facts } from './facts.ts';
import { createWallClock, type WallClock } from './hours.ts';
import { ruleText, Scope, type Decision, type Mismatch, type RuleOptions, type ScopeOptions } from './rule.ts';
import { ScopeIndex } from './scope-index.ts';

/** What a login has to pass, and what happens where something is missing. */
export interface Plan {
  /** `deny`: a rule lets nobody in whom it matches. `skip`: a rule asks for no second factor; `factors` is empty then. */
  readonly decision: Decision;
  /** Which rule decided, in one line for log and audit; `undefined` where the policy has no rules. */
  readonly rule: string | undefined;
  /** Whether a number shown at the VPN has to be picked on the phone. */
  readonly numberMatching: boolean;
  /** What that rule adds to an Accept. */
  readonly reply: readonly ClearAttribute[];
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
  /** Whether who knows a password that has expired may change it, and whether the second door comes before that. */
  readonly passwordChange: boolean | 'after-second-factor';
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
  readonly passwordChange: boolean | 'after-second-factor';
  readonly fraudBlockDays: number;
  /** How long a login is remembered; 0 or missing: never. */
  readonly rememberHours?: number | undefined;
  /** IANA name of the zone in which rules name hours; UTC where it is missing. */
  readonly timeZone?: string | undefined;
  /** The first that matches decides. */
  readonly rules?: readonly RuleOptions[] | undefined;
  /** What Accepts are given: all that match, in order. */
  readonly reply?: readonly ReplyOptions[] | undefined;
}

/** Attributes of an Accept, and for whom. */
export interface ReplyOptions extends ScopeOptions {
  readonly attributes: readonly ClearAttribute[];
}

/** Settings of the factors that a plan needs. */
export type FactorOptions = {
  readonly attempts: number;
  readonly push: { readonly numberMatching?: boolean | undefined };
} & Readonly<Record<FactorName, { readonly ttlSeconds: number }>>;

/** The plans of all policies. Facts are asked for only where a rule of the policy, or one of its replies, looks at them. */
export interface Plans {
  /** What a login of these facts has to pass; `undefined`: there is no such policy. */
  find(policy: string, facts: () => Facts): Plan | undefined;
  /** What an Accept of these facts is given beside what `plan.reply` says. */
  replies(policy: string, facts: () => Facts): readonly ClearAttribute[];
  /** The same with its reasons; `undefined`: there is no such policy. */
  explain(policy: string, facts: Facts): Explanation | undefined;
}

/** Why a plan is what it is. */
export interface Explanation {
  readonly plan: Plan;
  /** The rule that decides; `undefined`: none does. */
  readonly decidedBy: number | undefined;
  /** The rules before it (all, where none decides), each with what does not hold. */
  readonly passedOver: readonly { readonly rule: string; readonly mismatch: Mismatch }[];
  readonly reply: readonly ClearAttribute[];
}

interface Policy {
  readonly ordinary: Plan;
  readonly rules: readonly { readonly scope: Scope; readonly plan: Plan; readonly text: string }[];
  readonly index: ScopeIndex | undefined;
  readonly asking: AskingRules | undefined;
  readonly replies: readonly ReplyOptions[];
  readonly replyIndex: ScopeIndex | undefined;
}

/** Rules that ask users or groups for a second factor, found by who somebody may be. */
interface AskingRules {
  readonly index: ScopeIndex;
  /** Which rules they are. */
  readonly positions: readonly number[];
}

const NOTHING: readonly never[] = [];

/** Works the plans of all policies out beforehand: a login finds one and makes none. Throws `RangeError` for an unknown zone. */
export function createPlans(policies: Readonly<Record<string, PolicyOptions>>, factors: FactorOptions): Plans {
  const wallClocks = sharedClocks();
  const known = new Map(
    Object.entries(policies).map(([name, policy]) => [name, policyOf(policy, factors, wallClocks)] as const),
  );
  return {
    find(name, facts) {
      const policy = known.get(name);
      return policy?.index === undefined ? policy?.ordinary : planAt(policy, decidingRule(policy, facts()));
    },
    replies(name, facts) {
      const policy = known.get(name);
      return policy?.replyIndex === undefined ? NOTHING : repliesFor(policy, facts());
    },
    explain(name, facts) {
      const policy = known.get(name);
      return policy && explain(policy, facts);
    },
  };
}

function planAt({ rules, ordinary }: Policy, position: number | undefined): Plan {
  return position === undefined ? ordinary : (rules[position]?.plan ?? ordinary);
}

// Nobody gets round a rule that asks them for a second factor under a name that only a home server takes for theirs: where
// nothing would be asked, a rule before it holds for everybody whom it may mean.
function decidingRule(policy: Policy, facts: Facts): number | undefined {
  const first = policy.index?.first(facts);
  const { asking } = policy;
  if (asking === undefined) return first;
  const { decision, factors } = planAt(policy, first);
  if (decision === 'deny' || factors.length > 0 || facts.widest() === facts.identity) return first;
  const position = asking.positions[asking.index.first(facts) ?? -1];
  return position !== undefined && position < (first ?? Infinity) ? position : first;
}

function repliesFor({ replies, replyIndex }: Policy, facts: Facts): readonly ClearAttribute[] {
  return replyIndex?.all(facts).flatMap((position) => replies[position]?.attributes ?? []) ?? NOTHING;
}

function explain(policy: Policy, facts: Facts): Explanation {
  const { rules } = policy;
  const decidedBy = decidingRule(policy, facts);
  const passedOver = rules.slice(0, decidedBy).flatMap(({ scope, text }) => {
    const mismatch = scope.mismatch(facts);
    return mismatch === undefined ? [] : [{ rule: text, mismatch }];
  });
  const plan = planAt(policy, decidedBy);
  return { plan, decidedBy, passedOver, reply: [...plan.reply, ...repliesFor(policy, facts)] };
}

function policyOf(policy: PolicyOptions, factors: FactorOptions, wallClocks: WallClocks): Policy {
  const { rules: options = [], reply: replies = [], timeZone = 'UTC' } = policy;
  const rules = options.map((rule, index) => {
    const scope = new Scope(rule, rule.then, timeZone, wallClocks);
    const text = ruleText(rule, index, scope);
    return { scope, text, plan: planOf(policy, factors, rule, text) };
  });
  // To whom something is given, goes by who they are for sure: as with factors.
  const scopes = replies.map((reply) => new Scope(reply, 'factors', timeZone, wallClocks));
  return {
    ordinary: planOf(policy, factors, undefined, rules.length === 0 ? undefined : 'no rule matches'),
    rules,
    index: rules.length === 0 ? undefined : new ScopeIndex(rules.map(({ scope }) => scope)),
    asking: askingOf(options, timeZone, wallClocks),
    replies,
    replyIndex: replies.length === 0 ? undefined : new ScopeIndex(scopes),
  };
}

function askingOf(rules: readonly RuleOptions[], timeZone: string, wallClocks: WallClocks): AskingRules | undefined {
  const asking = [...rules.entries()].filter(
    ([, { then, when }]) => then === 'factors' && (when.user !== undefined || when.group !== undefined),
  );
  if (asking.length === 0) return undefined;
  // Whom they mean goes by who somebody may be, and whom they except by who it is for sure: as with a denial.
  const scopes = asking.map(([, rule]) => new Scope(rule, 'deny', timeZone, wallClocks));
  return { index: new ScopeIndex(scopes), positions: asking.map(([position]) => position) };
}

const allFactors = ['totp', 'hotp', 'push', 'sms', 'call', 'email'] as const;
const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

function planOf(
  policy: PolicyOptions,
  options: FactorOptions,
  rule: RuleOptions | undefined,
  text: string | undefined,
): Plan {
  const decision = rule?.then ?? 'factors';
  const factors = decision === 'factors' ? (rule?.factors ?? policy.factors) : NOTHING;
  // A login that began under another plan may still be asked.
  const timed = [rule?.factors ?? NOTHING, policy.factors, allFactors].find(({ length }) => length > 0) ?? allFactors;
  const ttlSeconds = Math.max(...timed.map((factor) => options[factor].ttlSeconds));
  const rememberHours = decision === 'factors' ? (rule?.rememberHours ?? policy.rememberHours ?? 0) : 0;
  return {
    decision,
    rule: text,
    factors,
    unenrolled: policy.unenrolled,
    unavailable: policy.unavailable,
    lockout: policy.lockout,
    hasMenu: rule?.menu ?? policy.menu,
    hasPin: policy.pin,
    numberMatching: rule?.numberMatching ?? options.push.numberMatching ?? true,
    rememberSeconds: rememberHours * HOUR_SECONDS,
    passwordChange: policy.passwordChange,
    fraudBlockSeconds: policy.fraudBlockDays * DAY_SECONDS,
    attempts: options.attempts,
    challengeTtlMs: ttlSeconds * 1_000,
    reply: rule?.reply ?? NOTHING,
  };
}

// One clock a zone: it remembers the minute.
function sharedClocks(): WallClocks {
  const clocks = new Map<string, WallClock>();
  return (timeZone) => {
    const clock = clocks.get(timeZone) ?? createWallClock(timeZone);
    clocks.set(timeZone, clock);
    return clock;
  };
}
