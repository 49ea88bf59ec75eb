import type { Path } from './problem.ts';

/** A mapping as YAML gives it. */
export type RawMap = Readonly<Record<string, unknown>>;

// Deeper than any key of the schema: a document nested further is wrong anyway, and one that holds itself would not end.
const MAX_DEPTH = 16;

/** Whether the value is a mapping. */
export function isMapping(value: unknown): value is RawMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at the path; `undefined` where it leaves the data. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((holder, step) => {
    if (Array.isArray(holder) && typeof step === 'number') return holder[step] as unknown;
    return isMapping(holder) && typeof step === 'string' && Object.hasOwn(holder, step) ? holder[step] : undefined;
  }, data);
}

/** The same data without the keys that have no value: `console:` alone means the key was not written. */
export function withoutEmptyKeys(data: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) return data;
  if (Array.isArray(data)) return data.map((item) => withoutEmptyKeys(item, depth + 1));
  if (!isMapping(data)) return data;
  const entries = Object.entries(data).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutEmptyKeys(value, depth + 1)]));
}
