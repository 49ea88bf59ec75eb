import type { Prefix } from '../lib/ip.ts';
import type { FactorName } from './config.ts';

/** One value of an attribute as it is written. */
export type AttributeValue = string | number | boolean;

/** Attributes by name as they are written, each with its values. */
export type AttributesConfig = Readonly<Record<string, readonly AttributeValue[]>>;

/** Whom something is for: every key that is there has to hold, each by one of its values. */
export interface ConditionConfig {
  readonly client?: readonly string[] | undefined;
  readonly user?: readonly string[] | undefined;
  readonly group?: readonly string[] | undefined;
  readonly address?: readonly Prefix[] | undefined;
  readonly days?: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly timeZone?: string | undefined;
}

/** One of a policy's `rules`. */
export interface RuleConfig {
  readonly name: string | undefined;
  readonly when: ConditionConfig;
  readonly except: ConditionConfig | undefined;
  readonly then: 'factors' | 'skip' | 'deny';
  readonly factors: readonly FactorName[] | undefined;
  readonly menu: boolean | undefined;
  readonly numberMatching: boolean | undefined;
  readonly rememberHours: number | undefined;
  readonly reply: AttributesConfig;
}

/** One of a policy's `reply`. */
export interface ReplyConfig {
  readonly when: ConditionConfig;
  readonly except: ConditionConfig | undefined;
  readonly attributes: AttributesConfig;
}

/** `clients[].relay`: what becomes of a home server's attributes. */
export interface RelayConfig {
  readonly remove: readonly string[];
  readonly set: AttributesConfig;
  readonly add: AttributesConfig;
}
