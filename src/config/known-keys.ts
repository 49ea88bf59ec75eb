import * as z from 'zod';
import type { Path } from './problem.ts';
import { configSchema } from './schema/index.ts';

/** The schemas that may hold for one place of the file; none where the place is unknown. */
export type SchemasHere = readonly z.core.$ZodType[];

/** What holds for the whole file. */
export const rootSchemas: SchemasHere = [configSchema];

/** What holds one key or one item further down. */
export function schemasBelow(here: SchemasHere, step: string | number): SchemasHere {
  return here.flatMap(shapes).flatMap((schema) => child(schema, step));
}

/** The keys of the mappings that may stand here. */
export function keysOf(here: SchemasHere): string[] {
  return here.flatMap(shapes).flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
}

/** The keys the schema knows in the mapping at this path. */
export function knownKeys(path: Path): string[] {
  return keysOf(path.reduce(schemasBelow, rootSchemas));
}

// Takes the wrappings (default, optional) off and a union apart.
function shapes(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return shapes(schema.def.innerType);
  }
  return schema instanceof z.ZodUnion ? schema.def.options.flatMap(shapes) : [schema];
}

function child(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.def.element];
  if (schema instanceof z.ZodRecord) return [schema.def.valueType];
  if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, step)) return [];
  const inner: unknown = schema.shape[String(step)];
  return inner instanceof z.ZodType ? [inner] : [];
}
