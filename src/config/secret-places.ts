import * as z from 'zod';
import type { Secret } from '../lib/secret.ts';
import type { Path } from './problem.ts';
import { isMapping } from './raw.ts';
import type { SecretInput } from './schema/index.ts';

/** A secret as it is written, and where. */
export interface WrittenSecret {
  readonly path: Path;
  readonly input: SecretInput;
}

type SecretReader = (input: SecretInput, path: Path) => unknown;

/** Every secret in sound data of that schema. */
export function secretsWithin(schema: z.core.$ZodType, data: unknown, path: Path): WrittenSecret[] {
  const found: WrittenSecret[] = [];
  replaceWithin({ schema, data, path }, (input, place) => found.push({ path: place, input }));
  return found;
}

/** The data with each secret put in its place. */
export function withSecrets(
  schema: z.core.$ZodType,
  data: unknown,
  options: { readonly path: Path; readonly secretAt: (path: Path) => Secret },
): unknown {
  return replaceWithin({ schema, data, path: options.path }, (_, place) => options.secretAt(place));
}

interface Place {
  readonly schema: z.core.$ZodType;
  readonly data: unknown;
  readonly path: Path;
}

function replaceWithin({ schema, data, path }: Place, replace: SecretReader): unknown {
  if (data === undefined) return undefined;
  if (isSecret(schema)) return replace(data as SecretInput, path);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return replaceWithin({ schema: schema.def.innerType, data, path }, replace);
  if (schema instanceof z.ZodArray && Array.isArray(data)) {
    const { element } = schema.def;
    return data.map((item, index) => replaceWithin({ schema: element, data: item, path: [...path, index] }, replace));
  }
  if (!isMapping(data)) return data;
  const entries = Object.entries(data).map(([key, value]) => {
    const inner = schemaOf(schema, key);
    if (inner === undefined) return [key, value];
    return [key, replaceWithin({ schema: inner, data: value, path: [...path, key] }, replace)];
  });
  return Object.fromEntries(entries) as unknown;
}

function schemaOf(schema: z.core.$ZodType, key: string): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodRecord) return schema.def.valueType;
  return schema instanceof z.ZodObject ? (schema.def.shape[key] as z.core.$ZodType | undefined) : undefined;
}

// `describe` makes another schema of it; its title stays.
function isSecret(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodUnion && schema.meta()?.title === 'secret';
}
