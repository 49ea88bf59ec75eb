/** Named values out of a request or out of kept data, nothing of them believed yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** The members of a JSON object; `undefined` for anything else. */
export function jsonFields(text: string | Buffer): Fields | undefined {
  try {
    return asFields(JSON.parse(text.toString()));
  } catch {
    return undefined;
  }
}

/** The fields of a form (`application/x-www-form-urlencoded`); `undefined` where a name comes twice. */
export function formFields(body: Buffer): Fields | undefined {
  const pairs = [...new URLSearchParams(body.toString())];
  const fields = Object.fromEntries(pairs);
  return Object.keys(fields).length === pairs.length ? fields : undefined;
}

/** The value as an object; `undefined` where it is none. */
export function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** A text of 1 to `maxCharacters`; `undefined` where there is none. */
export function textField(fields: Fields | undefined, name: string, maxCharacters: number): string | undefined {
  const value = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === 'string' && value.length > 0 && value.length <= maxCharacters ? value : undefined;
}

/** A finite number; `undefined` where there is none. */
export function numberField(fields: Fields | undefined, name: string): number | undefined {
  const value = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Whether the field is not there at all. */
export function isAbsent(fields: Fields, name: string): boolean {
  return !Object.hasOwn(fields, name) || fields[name] === undefined;
}
