import { join } from 'node:path';
import type { RelayAttributes } from './access/index.ts';
import type { AttributeBook, AttributesConfig, Config, PolicyConfig, RelayConfig } from './config/index.ts';
import { createPlans, type Plans, type PolicyOptions } from './policy/index.ts';
import {
  encodeReplyAttribute,
  loadDictionary,
  selectorOf,
  withoutSelected,
  type ClearAttribute,
  type Dictionary,
} from './radius/index.ts';

const FOLDER = join(import.meta.dirname, '..', 'dictionaries');

/** The dictionary that comes with the program. */
export function loadOwnDictionary(): Dictionary {
  return loadDictionary(FOLDER);
}

/** What the configuration checks reply attributes by; the dictionary is read when it first asks. */
export function createAttributeBook(load: () => Dictionary = loadOwnDictionary): AttributeBook {
  let loaded: Dictionary | undefined;
  const dictionary = (): Dictionary => (loaded ??= load());
  return {
    names: () => [...dictionary().attributes()].map(({ name }) => name),
    canRemove(name) {
      const selector = selectorOf(dictionary(), name);
      return typeof selector === 'string' ? selector : 'yes';
    },
    measure(name, value) {
      const encoded = encodeReplyAttribute(dictionary(), name, value);
      if (encoded.kind === 'encoded') {
        const octets = encoded.attributes.reduce((sum, attribute) => sum + wireOctets(attribute), 0);
        return { kind: 'fits', octets };
      }
      return encoded.reason === 'unknown-attribute'
        ? { kind: 'unknown' }
        : { kind: 'refused', problem: encoded.problem };
    },
  };
}

/** The plans of every policy, their reply attributes ready to be sent. */
export function plansOf({ policies, factors }: Pick<Config, 'policies' | 'factors'>, dictionary: Dictionary): Plans {
  const options = Object.entries(policies).map(([name, policy]) => [name, optionsOf(policy, dictionary)] as const);
  return createPlans(Object.fromEntries(options), factors);
}

/** What becomes of a home server's attributes, by name of the client. */
export function relaysOf(clients: Config['clients'], dictionary: Dictionary): ReadonlyMap<string, RelayAttributes> {
  const ruled = clients.flatMap(({ name, relay }) => (relay === undefined ? [] : [[name, relay] as const]));
  return new Map(ruled.map(([name, relay]) => [name, relayOf(relay, dictionary)]));
}

/**
 * The policies that need not know who somebody is: they ask nobody for a second factor, no rule of theirs does, and nothing
 * is given to some users alone.
 */
export function factorlessOf(policies: Config['policies']): ReadonlySet<string> {
  const found = Object.entries(policies).filter(
    ([, { factors, rules, reply }]) => factors.length === 0 && rules.length === 0 && !reply.some(isForSome),
  );
  return new Set(found.map(([name]) => name));
}

function isForSome({ when, except }: PolicyConfig['reply'][number]): boolean {
  return [when, except].some((condition) => condition?.user !== undefined || condition?.group !== undefined);
}

function relayOf({ remove, set, add }: RelayConfig, dictionary: Dictionary): RelayAttributes {
  const selectors = [...remove, ...Object.keys(set)].map((name) => {
    const selector = selectorOf(dictionary, name);
    if (typeof selector === 'string') throw new Error(`relay: ${name} is no attribute that can be removed`);
    return selector;
  });
  const added = [...encodeAll(set, dictionary), ...encodeAll(add, dictionary)];
  return (attributes) => [...withoutSelected(attributes, selectors, dictionary), ...added];
}

function optionsOf(policy: PolicyConfig, dictionary: Dictionary): PolicyOptions {
  return {
    ...policy,
    rules: policy.rules.map((rule) => ({ ...rule, reply: encodeAll(rule.reply, dictionary) })),
    reply: policy.reply.map((reply) => ({ ...reply, attributes: encodeAll(reply.attributes, dictionary) })),
  };
}

function encodeAll(attributes: AttributesConfig, dictionary: Dictionary): ClearAttribute[] {
  return Object.entries(attributes).flatMap(([name, values]) =>
    values.flatMap((value) => {
      const encoded = encodeReplyAttribute(dictionary, name, value);
      if (encoded.kind === 'encoded') return encoded.attributes;
      throw new Error(`reply attribute ${name}: ${encoded.problem}`);
    }),
  );
}

// RFC 2868 §3.5: a salted value has two octets of salt, one of length, and is filled up to whole blocks of 16.
function wireOctets({ value, hidden }: ClearAttribute): number {
  return 2 + value.length + (hidden === undefined ? 0 : 18);
}
