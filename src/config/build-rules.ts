import { parsePrefix, type Prefix } from '../lib/ip.ts';
import type {
  AttributesConfig,
  AttributeValue,
  ConditionConfig,
  RelayConfig,
  ReplyConfig,
  RuleConfig,
} from './rule-config.ts';
import { listOf } from './schema/index.ts';
import type { ClientData, PolicyData } from './schema/index.ts';

type RuleData = PolicyData['rules'][number];
type ReplyData = PolicyData['reply'][number];

/** A rule with its lists filled in. */
export function buildRule({ when, except, reply, ...rest }: RuleData): RuleConfig {
  const { name, factors, menu, numberMatching, rememberHours } = rest;
  return {
    ...{ name, then: rest.then, factors, menu, numberMatching, rememberHours },
    when: buildCondition(when),
    except: except && buildCondition(except),
    reply: buildAttributes(reply ?? {}),
  };
}

/** Attributes and whom they are for. */
export function buildReply({ when, except, attributes }: ReplyData): ReplyConfig {
  return {
    when: buildCondition(when),
    except: except && buildCondition(except),
    attributes: buildAttributes(attributes),
  };
}

/** What becomes of a home server's attributes. */
export function buildRelay({ remove, set, add }: NonNullable<ClientData['relay']>): RelayConfig {
  return { remove, set: buildAttributes(set), add: buildAttributes(add) };
}

function buildCondition({ client, user, group, address, days, ...hours }: RuleData['when']): ConditionConfig {
  return {
    ...(client !== undefined && { client: listOf(client) }),
    ...(user !== undefined && { user: listOf(user) }),
    ...(group !== undefined && { group: listOf(group) }),
    ...(address !== undefined && { address: listOf(address).map(prefixOf) }),
    ...(days !== undefined && { days: listOf(days) }),
    ...hours,
  };
}

/** Values as lists. */
export function buildAttributes(data: Readonly<Record<string, AttributeValue | AttributeValue[]>>): AttributesConfig {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, listOf(value)]));
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error('an address that is no prefix passed the schema');
  return prefix;
}
