import { configJsonSchema } from './json-schema.ts';
import { configReference } from './reference.ts';

/** The files of `config/` that are made from the schema: name → text. */
export function configFiles(): Readonly<Record<'schema.json' | 'reference.md', string>> {
  const schema = configJsonSchema();
  return {
    'schema.json': `${JSON.stringify(schema, null, 2)}\n`,
    'reference.md': configReference(schema),
  };
}
