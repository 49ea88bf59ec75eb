import type { Path } from './problem.ts';

/** A mapping as YAML gives it. */
export type RawMap = Readonly<Record<string, unknown>>;

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
