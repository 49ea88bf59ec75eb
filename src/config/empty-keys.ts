import { keysOf, rootSchemas, schemasBelow } from './known-keys.ts';
import type { SchemasHere } from './known-keys.ts';
import { isMapping } from './raw.ts';
import { writtenOutSchemas } from './schema/index.ts';

/**
 * The same data without the known keys that have no value: `console:` alone means that it was not written.
 * What the schema does not know stays as it is; so a document that holds itself does not keep this busy for ever.
 */
export function withoutEmptyKeys(data: unknown, here: SchemasHere = rootSchemas): unknown {
  if (here.length === 0 || here.some((schema) => writtenOutSchemas.has(schema))) return data;
  if (Array.isArray(data)) return data.map((item, index) => withoutEmptyKeys(item, schemasBelow(here, index)));
  if (!isMapping(data)) return data;
  const known = new Set(keysOf(here));
  const entries = Object.entries(data).filter(([key, value]) => value !== null || !known.has(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutEmptyKeys(value, schemasBelow(here, key))]));
}
