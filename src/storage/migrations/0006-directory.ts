import type { Kysely } from 'kysely';
import type { SchemaDialect } from './migration.ts';

/**
 * Where a user comes from: the directory's name in the configuration, what stays theirs there when they are renamed, what
 * it said of them last (JSON), and since when it knows them no more (0: it does).
 */
export async function addDirectory({ schema }: Kysely<unknown>, { whole }: SchemaDialect): Promise<void> {
  for (const column of ['source', 'external_id', 'directory_values']) {
    await schema.alterTable('users').addColumn(column, 'text').execute();
  }
  await schema
    .alterTable('users')
    .addColumn('gone_at_ms', whole, (column) => column.notNull().defaultTo(0))
    .execute();
  await schema.createIndex('users_external').unique().on('users').columns(['source', 'external_id']).execute();
}
