import type { FactorName } from '../factors/index.ts';
import type { ClearAttribute } from '../radius/index.ts';
import { Condition, type ConditionOptions, type Failure, type WallClocks } from './condition.ts';
import type { Facts, Identity } from './facts.ts';

/** What a rule decides: which factors are asked for, that none is, or that nobody gets in. */
export type Decision = 'factors' | 'skip' | 'deny';

/** Whom something holds for. */
export interface ScopeOptions {
  readonly when: ConditionOptions;
  /** Not for these. */
  readonly except?: ConditionOptions | undefined;
}

/** A rule of a policy as configured; what is left out stays as the policy says. */
export interface RuleOptions extends ScopeOptions {
  readonly name?: string | undefined;
  readonly then: Decision;
  /** The preferred first; at least one. */
  readonly factors?: readonly FactorName[] | undefined;
  readonly menu?: boolean | undefined;
  readonly numberMatching?: boolean | undefined;
  readonly rememberHours?: number | undefined;
  /** Added to an Accept. */
  readonly reply?: readonly ClearAttribute[] | undefined;
}

/** Why a rule does not hold: a key of `when`, or that `except` takes the user out. */
export type Mismatch = Failure | 'except';

/** Whom something holds for, ready to be asked. */
export class Scope {
  readonly when: Condition;
  readonly except: Condition | undefined;
  /** In words. */
  readonly text: string;
  /** Whether `when` goes by who the user may be. */
  readonly isWide: boolean;
  readonly #decision: Decision;

  constructor({ when, except }: ScopeOptions, decision: Decision, timeZone: string, wallClocks: WallClocks) {
    this.when = new Condition(when, timeZone, wallClocks);
    this.except = except && new Condition(except, timeZone, wallClocks);
    this.#decision = decision;
    this.isWide = decision === 'deny';
    const whom = this.when.text === '' ? 'everyone' : this.when.text;
    this.text = this.except === undefined ? whom : `${whom}; except ${this.except.text}`;
  }

  /** Whether it holds for everyone at any time. */
  get isAlways(): boolean {
    return this.when.isAlways && this.except === undefined;
  }

  /** Why it does not hold; `undefined`: it does. */
  mismatch(facts: Facts): Mismatch | undefined {
    const failure = this.when.failure(facts, this.#whenIdentity(facts));
    if (failure !== undefined) return failure;
    if (this.except === undefined) return undefined;
    if (this.#decision !== 'skip') {
      return this.except.failure(facts, facts.identity) === undefined ? 'except' : undefined;
    }
    // What is not known must not open a door: nobody without an address skips past an exception that asks for one.
    if (this.except.prefixes !== undefined && facts.address === undefined) return 'except';
    return this.except.failure(facts, facts.widest()) === undefined ? 'except' : undefined;
  }

  #whenIdentity(facts: Facts): Identity {
    return this.isWide ? facts.widest() : facts.identity;
  }
}

const MAX_TEXT = 240;

/** The one line by which log, audit and `policy explain` name a rule that decides. */
export function ruleText(rule: RuleOptions, index: number, scope: Scope): string {
  const name = rule.name === undefined ? '' : ` "${rule.name}"`;
  const text = `rules[${index}]${name}: ${decisionText(rule)} (${scope.text})`;
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}

function decisionText({ then, factors, menu, numberMatching, rememberHours }: RuleOptions): string {
  if (then !== 'factors') return then;
  const words = [
    factors === undefined ? 'factors of the policy' : `factors ${factors.join(', ')}`,
    menu === undefined ? '' : `${menu ? '' : 'no '}menu`,
    numberMatching === undefined ? '' : `${numberMatching ? '' : 'no '}number matching`,
    rememberHours === undefined ? '' : `remembered ${rememberHours} h`,
  ];
  return words.filter((word) => word !== '').join(', ');
}
