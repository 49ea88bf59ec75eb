import type { ClientConfig, Config, PolicyConfig } from './config.ts';
import type { Finding, Path } from './problem.ts';
import type { RuleConfig } from './rule-config.ts';

/** Rules that can never decide, and rules that open the only door there is. */
export function ruleWarnings(config: Config): Finding[] {
  return Object.entries(config.policies).flatMap(([name, policy]) => {
    const path = ['policies', name, 'rules'];
    const isNone = (primary: string): boolean => config.primaries[primary]?.type === 'none';
    const clients = config.clients.filter((client) => client.policy === name && isPasswordless(client, config));
    const blind = config.clients.filter(({ policy: used, userAddress }) => used === name && !userAddress.isTrusted);
    return [
      ...unreached(policy, path),
      ...policy.rules.flatMap((rule, index) => unseen(rule, blind, [...path, index])),
      ...policy.rules.flatMap((rule, index) => openDoors(rule, clients, [...path, index])),
      ...forgetful(
        policy,
        clients.filter(({ primary }) => primary.every(isNone)),
        ['policies', name],
      ),
    ];
  });
}

function unreached({ rules }: PolicyConfig, path: Path): Finding[] {
  const last = rules.findIndex(isForEveryone);
  if (last < 0 || last === rules.length - 1) return [];
  const message = `is never reached, nor is any rule after it: rules[${last}] matches everyone`;
  return [{ path: [...path, last + 1], message }];
}

function unseen({ when }: RuleConfig, blind: readonly ClientConfig[], path: Path): Finding[] {
  const names = blind.map(({ name }) => name).filter((name) => when.client?.includes(name) ?? true);
  if (when.address === undefined || names.length === 0) return [];
  const message = `never matches at ${names.join(', ')}: set \`userAddress\` of the client to the attribute that tells the address of its users`;
  return [{ path: [...path, 'when', 'address'], message }];
}

function openDoors({ then, when }: RuleConfig, passwordless: readonly ClientConfig[], path: Path): Finding[] {
  if (then !== 'skip') return [];
  const names = passwordless.map(({ name }) => name).filter((name) => when.client?.includes(name) ?? true);
  if (names.length === 0) return [];
  const message = `NOTHING is checked here for whom this rule matches: the primary of ${names.join(', ')} asks for no password, and the rule for no factor`;
  return [{ path: [...path, 'then'], message }];
}

// What is remembered lets the first door be enough, and these clients have none.
function forgetful(
  { rememberHours, rules }: PolicyConfig,
  passwordless: readonly ClientConfig[],
  path: Path,
): Finding[] {
  const found = (names: readonly string[], at: Path): Finding[] => {
    if (names.length === 0) return [];
    const message = `has no effect at ${names.join(', ')}: no login is remembered where the primary asks for no password`;
    return [{ path: [...at, 'rememberHours'], message }];
  };
  const names = passwordless.map(({ name }) => name);
  return [
    ...(rememberHours > 0 ? found(names, path) : []),
    ...rules.flatMap(({ when, rememberHours: hours = 0 }, index) => {
      const meant = names.filter((name) => when.client?.includes(name) ?? true);
      return hours > 0 ? found(meant, [...path, 'rules', index]) : [];
    }),
  ];
}

function isForEveryone({ when, except }: RuleConfig): boolean {
  return except === undefined && Object.keys(when).length === 0;
}

function isPasswordless({ primary }: ClientConfig, { primaries }: Config): boolean {
  return primary.some((name) => primaries[name]?.type === 'none');
}
