import * as z from 'zod';
import type { Secret } from '../lib/secret.ts';
import type { Path } from './problem.ts';
import { isMapping } from './raw.ts';
import { authoritiesSchema, type AuthoritiesInput, type SecretInput } from './schema/index.ts';

/** A secret as it is written, and where. */
export interface WrittenSecret {
  readonly path: Path;
  readonly input: SecretInput;
}

/** Certificates of authorities as they are written, and where. */
export interface WrittenAuthorities {
  readonly path: Path;
  readonly input: AuthoritiesInput;
}

/** What goes into the places of a schema. */
export interface SecretsOf {
  readonly secretAt: (path: Path) => Secret;
  /** PEM. */
  readonly authoritiesAt: (path: Path) => string;
}

interface Readers {
  readonly secret: (input: SecretInput, path: Path) => unknown;
  readonly authorities: (input: AuthoritiesInput, path: Path) => unknown;
}

/** Every secret in sound data of that schema. */
export function secretsWithin(schema: z.core.$ZodType, data: unknown, path: Path): WrittenSecret[] {
  const found: WrittenSecret[] = [];
  const secret: Readers['secret'] = (input, place) => found.push({ path: place, input });
  replaceWithin({ schema, data, path }, { secret, authorities: (input) => input });
  return found;
}

/** Every place of certificates of authorities in sound data of that schema. */
export function authoritiesWithin(schema: z.core.$ZodType, data: unknown, path: Path): WrittenAuthorities[] {
  const found: WrittenAuthorities[] = [];
  const authorities: Readers['authorities'] = (input, place) => found.push({ path: place, input });
  replaceWithin({ schema, data, path }, { authorities, secret: (input) => input });
  return found;
}

/** The data with each secret, and the certificates, put in their places. */
export function withSecrets(
  schema: z.core.$ZodType,
  data: unknown,
  { path, secretAt, authoritiesAt }: SecretsOf & { readonly path: Path },
): unknown {
  const readers: Readers = {
    secret: (_, place) => secretAt(place),
    authorities: (_, place) => authoritiesAt(place),
  };
  return replaceWithin({ schema, data, path }, readers);
}

interface Place {
  readonly schema: z.core.$ZodType;
  readonly data: unknown;
  readonly path: Path;
}

function replaceWithin({ schema, data, path }: Place, readers: Readers): unknown {
  if (data === undefined) return undefined;
  if (isSecret(schema)) return readers.secret(data as SecretInput, path);
  if (isAuthorities(schema)) return readers.authorities(data as AuthoritiesInput, path);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return replaceWithin({ schema: schema.def.innerType, data, path }, readers);
  if (schema instanceof z.ZodArray && Array.isArray(data)) {
    const { element } = schema.def;
    return data.map((item, index) => replaceWithin({ schema: element, data: item, path: [...path, index] }, readers));
  }
  if (!isMapping(data)) return data;
  const entries = Object.entries(data).map(([key, value]) => {
    const inner = schemaOf(schema, key);
    if (inner === undefined) return [key, value];
    return [key, replaceWithin({ schema: inner, data: value, path: [...path, key] }, readers)];
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

function isAuthorities(schema: z.core.$ZodType): boolean {
  return schema === authoritiesSchema;
}
