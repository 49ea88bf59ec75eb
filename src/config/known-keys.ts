import * as z from 'zod';
import type { Path } from './problem.ts';
import { configSchema } from './schema/index.ts';

/** The keys the schema knows in the mapping at this path (of every shape that mapping may have). */
export function knownKeys(path: Path): string[] {
  const start: z.core.$ZodType[] = [configSchema];
  const here = path.reduce((schemas, step) => schemas.flatMap(shapes).flatMap((schema) => child(schema, step)), start);
  return here.flatMap(shapes).flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
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
