/** The text, number or truth at a path such as `messages[0].id`; `undefined` where there is none. */
export function textAt(data: unknown, path: string): string | undefined {
  const value = path
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .reduce<unknown>(stepInto, data);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function stepInto(holder: unknown, step: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, step)) return undefined;
  return (holder as Readonly<Record<string, unknown>>)[step];
}
