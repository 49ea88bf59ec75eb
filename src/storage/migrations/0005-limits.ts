import type { Kysely } from 'kysely';
import type { SchemaDialect } from './migration.ts';

/**
 * Blocked users, logins that are remembered, and times at which the second door may decide alone. `remember_epoch` is part of
 * what names a remembered login: counted up, every one of the user is void.
 */
export async function addLimits(db: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  await db.schema
    .alterTable('users')
    .addColumn('remember_epoch', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await createBlocks(db, dialect);
  await createRemembered(db, dialect);
  await createOpenings(db, dialect);
}

// `until_ms` 0: until somebody removes it.
async function createBlocks({ schema }: Kysely<unknown>, { whole, finished }: SchemaDialect): Promise<void> {
  const blocks = schema
    .createTable('blocks')
    .addColumn('user_id', whole, (column) => column.primaryKey().notNull().references('users.id').onDelete('cascade'))
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('blocked_by', 'text', (column) => column.notNull())
    .addColumn('from_ms', whole, (column) => column.notNull())
    .addColumn('until_ms', whole, (column) => column.notNull().defaultTo(0));
  await finished(blocks).execute();
}

async function createRemembered({ schema }: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  const { whole, withId, finished } = dialect;
  const remembered = withId(schema.createTable('remembered'))
    .addColumn('user_id', whole, (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('digest', 'text', (column) => column.notNull().unique())
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('station', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', whole, (column) => column.notNull())
    .addColumn('expires_at_ms', whole, (column) => column.notNull());
  await finished(remembered).execute();
  await schema.createIndex('remembered_user').on('remembered').column('user_id').execute();
  await schema.createIndex('remembered_expires').on('remembered').column('expires_at_ms').execute();
}

// `client` empty: for every one.
async function createOpenings({ schema }: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  const { whole, withId, finished } = dialect;
  const openings = withId(schema.createTable('openings'))
    .addColumn('client', 'text', (column) => column.notNull().unique())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('from_ms', whole, (column) => column.notNull())
    .addColumn('until_ms', whole, (column) => column.notNull());
  await finished(openings).execute();
}
