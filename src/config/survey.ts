import type * as z from 'zod';
import { isMapping, valueAt } from './raw.ts';
import type { Path } from './problem.ts';
import { clientSchema, policySchema, primarySchema, serverSchema, storageSchema } from './schema/index.ts';
import type { ClientData, PolicyData, PrimaryData, ServerData, StorageData } from './schema/index.ts';

/** A part of the file that fits its schema, and where it stands. */
export interface Piece<Data> {
  readonly path: Path;
  readonly data: Data;
}

/** The parts of a file that are sound in themselves, though others may not be: what can be checked against each other. */
export interface Survey {
  readonly server: ServerData | undefined;
  readonly storage: StorageData | undefined;
  readonly clients: readonly Piece<ClientData>[];
  readonly primaries: ReadonlyMap<string, Piece<PrimaryData>>;
  readonly policies: ReadonlyMap<string, Piece<PolicyData>>;
  /** Every name written under `primaries`, sound or not. */
  readonly primaryNames: readonly string[];
  /** Every name written under `policies`, sound or not. */
  readonly policyNames: readonly string[];
}

/** Looks at each part of the file by itself. */
export function surveyOf(data: unknown): Survey {
  const server = serverSchema.safeParse(valueAt(data, ['server']) ?? {});
  const storage = storageSchema.safeParse(valueAt(data, ['storage']) ?? {});
  return {
    server: server.success ? server.data : undefined,
    storage: storage.success ? storage.data : undefined,
    clients: soundItems(valueAt(data, ['clients'])),
    primaries: soundEntries(data, 'primaries', primarySchema),
    policies: soundEntries(data, 'policies', policySchema),
    primaryNames: namesUnder(data, 'primaries'),
    policyNames: namesUnder(data, 'policies'),
  };
}

function soundItems(list: unknown): Piece<ClientData>[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, index) => {
    const parsed = clientSchema.safeParse(item);
    return parsed.success ? [{ path: ['clients', index], data: parsed.data }] : [];
  });
}

function soundEntries<Schema extends z.ZodType>(
  data: unknown,
  section: string,
  schema: Schema,
): Map<string, Piece<z.output<Schema>>> {
  const pieces = namesUnder(data, section).flatMap((name): [string, Piece<z.output<Schema>>][] => {
    const path = [section, name];
    const parsed = schema.safeParse(valueAt(data, path));
    return parsed.success ? [[name, { path, data: parsed.data }]] : [];
  });
  return new Map(pieces);
}

function namesUnder(data: unknown, section: string): string[] {
  const holder = valueAt(data, [section]);
  return isMapping(holder) ? Object.keys(holder) : [];
}
