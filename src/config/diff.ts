import { formatPrefix } from '../lib/ip.ts';
import type { Prefix } from '../lib/ip.ts';
import type { Config, ConsoleConfig } from './config.ts';
import { isSameSetting } from './same-setting.ts';

/** One difference between the running configuration and a new one. */
export interface ConfigChange {
  /** In an operator's words: `client vpn: timeoutSeconds 60 → 30`. Never shows a secret. */
  readonly description: string;
  /** Whether it only takes effect once the server is started anew. */
  readonly needsRestart: boolean;
}

/** What a reload would change, in the order of the file; an empty list when nothing. */
export function diffConfig(before: Config, after: Config): ConfigChange[] {
  return [
    ...restarting(fieldChanges('server', before.server, after.server)),
    ...reloading(namedChanges('client', byName(before.clients), byName(after.clients))),
    ...reloading(namedChanges('primary', before.primaries, after.primaries)),
    ...reloading(namedChanges('policy', before.policies, after.policies)),
    ...reloading(fieldChanges('factors', before.factors, after.factors)),
    ...reloading(namedChanges('gateway', before.gateways, after.gateways)),
    ...restarting(fieldChanges('storage', before.storage, after.storage)),
    ...restarting(fieldChanges('sessions', before.sessions, after.sessions)),
    ...reloading(fieldChanges('accounting', before.accounting, after.accounting)),
    ...consoleChanges(before.console, after.console),
    ...reloading(fieldChanges('limits', before.limits, after.limits)),
    ...reloading(fieldChanges('alerts', before.alerts, after.alerts)),
    ...reloading(fieldChanges('audit', before.audit, after.audit)),
    ...fieldChanges('log', before.log, after.log).map((description) => ({
      description,
      needsRestart: description.startsWith('log: format'),
    })),
  ];
}

// Keys can be taken back while the server runs.
function consoleChanges(before: ConsoleConfig | undefined, after: ConsoleConfig | undefined): ConfigChange[] {
  if (before === undefined || after === undefined)
    return restarting(fieldChanges('console', before ?? {}, after ?? {}));
  const [{ apiKeys: old, ...shownBefore }, { apiKeys: fresh, ...shownAfter }] = [before, after];
  return [
    ...restarting(fieldChanges('console', shownBefore, shownAfter)),
    ...reloading(namedChanges('API key', byName(old), byName(fresh))),
  ];
}

type Named = Readonly<Record<string, object>>;

function restarting(descriptions: readonly string[]): ConfigChange[] {
  return descriptions.map((description) => ({ description, needsRestart: true }));
}

function reloading(descriptions: readonly string[]): ConfigChange[] {
  return descriptions.map((description) => ({ description, needsRestart: false }));
}

function byName(items: readonly { readonly name: string }[]): Named {
  return Object.assign(Object.create(null) as Named, Object.fromEntries(items.map((item) => [item.name, item])));
}

function namedChanges(kind: string, before: Named, after: Named): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const [old, fresh] = [before[name], after[name]];
    if (old === undefined) return [`${kind} ${name}: added`];
    return fresh === undefined ? [`${kind} ${name}: removed`] : fieldChanges(`${kind} ${name}`, old, fresh);
  });
}

function fieldChanges(what: string, before: object, after: object): string[] {
  const [old, fresh] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const keys = [...new Set([...old.keys(), ...fresh.keys()])];
  return keys
    .filter((key) => !isSameSetting(old.get(key), fresh.get(key)))
    .map((key) => `${what}: ${key} ${transition(old.get(key), fresh.get(key))}`);
}

function transition(before: unknown, after: unknown): string {
  const [old, fresh] = [show(before), show(after)];
  return old === undefined || fresh === undefined || old === fresh ? 'changed' : `${old} → ${fresh}`;
}

// A value an operator can read at a glance; `undefined` for secrets and whatever is larger.
function show(value: unknown): string | undefined {
  if (value === undefined) return 'unset';
  if (typeof value === 'string' && value.includes('\n')) return undefined;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return JSON.stringify(value);
  if (!Array.isArray(value)) return undefined;
  const items = value.map((item) => (isPrefix(item) ? formatPrefix(item) : show(item)));
  return items.includes(undefined) ? undefined : `[${items.join(', ')}]`;
}

function isPrefix(value: unknown): value is Prefix {
  return typeof value === 'object' && value !== null && 'octets' in value && 'lengthBits' in value;
}
