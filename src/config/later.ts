import { isMapping, valueAt } from './raw.ts';
import type { Finding, Path } from './problem.ts';

interface LaterFeature {
  /** `*` stands for every key of a mapping or every item of a list. */
  readonly path: readonly string[];
  /** Which values need the feature; without it: any that is not empty. */
  readonly values?: readonly unknown[];
  readonly message: string;
}

const GATEWAY_TYPE = ['gateways', '*', 'type'];

/** What the configuration's contract names and this version does not have yet, or has elsewhere. */
const laterFeatures: readonly LaterFeature[] = [
  { path: ['storage', 'type'], values: ['postgres'], message: unsupported('PostgreSQL') },
  { path: ['storage', 'url'], message: unsupported('PostgreSQL') },
  { path: ['sessions', 'type'], values: ['redis'], message: unsupported('Redis') },
  { path: ['sessions', 'url'], message: unsupported('Redis') },
  { path: GATEWAY_TYPE, values: ['fcm'], message: unsupported('FCM') },
  { path: GATEWAY_TYPE, values: ['ntfy'], message: 'phones are asked by `factors.push.ntfy`, not by a gateway' },
  { path: GATEWAY_TYPE, values: ['webpush'], message: 'phones are asked by `factors.push.app`, not by a gateway' },
];

/** One finding for each use of a feature that a later version brings. */
export function findLaterFeatures(data: unknown): Finding[] {
  return [...laterFeatures.flatMap((row) => usesOf(row, data)), ...manyWorkers(data)];
}

function unsupported(feature: string): string {
  return `${feature} is not supported by this version`;
}

function usesOf({ path, values, message }: LaterFeature, data: unknown): Finding[] {
  return expand(data, path, []).flatMap((place) => {
    const value = valueAt(data, place);
    const isUsed = values === undefined ? !isEmpty(value) : values.includes(value);
    return isUsed ? [{ path: place, message }] : [];
  });
}

function manyWorkers(data: unknown): Finding[] {
  const path = ['server', 'workers'];
  const workers = valueAt(data, path);
  const isMany = typeof workers === 'number' && Number.isInteger(workers) && workers > 1;
  return isMany ? [{ path, message: unsupported('more than one worker') }] : [];
}

function expand(data: unknown, pattern: readonly string[], place: Path): Path[] {
  const [step, ...rest] = pattern;
  if (step === undefined) return [place];
  const steps = step === '*' ? stepsOf(valueAt(data, place)) : [step];
  return steps.flatMap((next) => expand(data, rest, [...place, next]));
}

function stepsOf(holder: unknown): (string | number)[] {
  if (Array.isArray(holder)) return [...holder.keys()];
  return isMapping(holder) ? Object.keys(holder) : [];
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMapping(value) && Object.keys(value).length === 0;
}
