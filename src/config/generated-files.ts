import { configJsonSchema } from './json-schema.ts';
import { profilePages } from './profiles/manual.ts';
import { configReference } from './reference.ts';

/** The files of `config/` that are made from the schema and the profiles: name → text. */
export function configFiles(): Readonly<Record<'schema.json' | 'reference.md', string>> &
  Readonly<Record<string, string>> {
  const schema = configJsonSchema();
  return {
    'schema.json': `${JSON.stringify(schema, null, 2)}\n`,
    'reference.md': configReference(schema),
    ...profilePages(),
  };
}
