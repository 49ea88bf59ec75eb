import type { Kysely } from 'kysely';
import type { SchemaDialect } from './migration.ts';

/** Users, their tokens, the authentication log with its sealed end, and settings of the store itself. */
export async function createFirstTables(db: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  await createSettings(db, dialect);
  await createUsers(db, dialect);
  await createTokens(db, dialect);
  await createEvents(db, dialect);
}

async function createSettings({ schema }: Kysely<unknown>, { octets, finished }: SchemaDialect): Promise<void> {
  const table = schema
    .createTable('settings')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('value', octets, (column) => column.notNull());
  await finished(table).execute();
}

async function createUsers({ schema }: Kysely<unknown>, { whole, withId, finished }: SchemaDialect): Promise<void> {
  const table = withId(schema.createTable('users'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('name_key', 'text', (column) => column.notNull().unique())
    .addColumn('is_enabled', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('password_hash', 'text')
    .addColumn('first_name', 'text')
    .addColumn('last_name', 'text')
    .addColumn('email', 'text')
    .addColumn('phone', 'text')
    .addColumn('language', 'text')
    .addColumn('failures', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('locked_at_ms', whole, (column) => column.notNull().defaultTo(0))
    .addColumn('lock_seconds', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at_ms', whole, (column) => column.notNull());
  await finished(table).execute();
}

// What each login changes stands in a narrow table of its own: many rows to a page, so that a commit of many logins
// writes few pages.
async function createTokens({ schema }: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  const { whole, octets, withId, finished } = dialect;
  const tokens = withId(schema.createTable('tokens'))
    .addColumn('user_id', whole, (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('serial', 'text', (column) => column.notNull().unique())
    .addColumn('secret', octets, (column) => column.notNull())
    .addColumn('digits', 'integer', (column) => column.notNull())
    .addColumn('algorithm', 'text', (column) => column.notNull())
    .addColumn('period_seconds', 'integer', (column) => column.notNull())
    .addColumn('is_enabled', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('created_at_ms', whole, (column) => column.notNull());
  await finished(tokens).execute();
  await schema.createIndex('tokens_user').on('tokens').column('user_id').execute();
  const uses = schema
    .createTable('token_uses')
    .addColumn('token_id', whole, (column) => column.primaryKey().notNull().references('tokens.id').onDelete('cascade'))
    .addColumn('last_counter', whole, (column) => column.notNull())
    .addColumn('drift_steps', 'integer', (column) => column.notNull().defaultTo(0));
  await finished(uses).execute();
}

async function createEvents({ schema }: Kysely<unknown>, { whole, octets, finished }: SchemaDialect): Promise<void> {
  const events = schema
    .createTable('events')
    .addColumn('sequence', whole, (column) => column.primaryKey().notNull())
    .addColumn('at_ms', whole, (column) => column.notNull())
    .addColumn('user_key', 'text', (column) => column.notNull())
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('verdict', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('hash', octets, (column) => column.notNull());
  await finished(events).execute();
  await schema.createIndex('events_at').on('events').column('at_ms').execute();
  const head = schema
    .createTable('events_head')
    .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('events', whole, (column) => column.notNull())
    .addColumn('hash', octets, (column) => column.notNull())
    .addColumn('seal', octets, (column) => column.notNull());
  await finished(head).execute();
}
