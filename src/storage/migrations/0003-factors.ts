import type { Kysely } from 'kysely';
import type { SchemaDialect } from './migration.ts';

/**
 * Pending tokens and tokens of type push, what a user has besides (PIN, order of factors, reason of a reset), codes, and the
 * record of deliveries. A push token has no secret to make passcodes of: its `secret` is empty, its numbers are 0, and
 * what its protocol needs stands sealed in `data`.
 */
export async function addFactors(db: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  await extendTokens(db, dialect);
  await extendUsers(db);
  await createCodes(db, dialect);
  await createDeliveries(db, dialect);
}

// One column a statement: SQLite adds no more at once.
async function extendTokens({ schema }: Kysely<unknown>, { octets }: SchemaDialect): Promise<void> {
  const tokens = schema.alterTable('tokens');
  await tokens.addColumn('state', 'text', (column) => column.notNull().defaultTo('active')).execute();
  await tokens.addColumn('protocol', 'text').execute();
  await tokens.addColumn('data', octets).execute();
}

async function extendUsers({ schema }: Kysely<unknown>): Promise<void> {
  for (const column of ['pin_hash', 'preferred', 'reset_reason']) {
    await schema.alterTable('users').addColumn(column, 'text').execute();
  }
}

async function createCodes({ schema }: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  const { whole, octets, withId, finished } = dialect;
  const codes = withId(schema.createTable('codes'))
    .addColumn('user_id', whole, (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('digest', octets, (column) => column.notNull())
    .addColumn('client', 'text')
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', whole, (column) => column.notNull())
    .addColumn('expires_at_ms', whole, (column) => column.notNull().defaultTo(0));
  await finished(codes).execute();
  await schema.createIndex('codes_user').on('codes').column('user_id').execute();
}

// The record is for bills: it stays, with the name, when the user is deleted. One message may be tried at several
// gateways under one id.
async function createDeliveries({ schema }: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  const { whole, withId, finished } = dialect;
  const deliveries = withId(schema.createTable('deliveries'))
    .addColumn('delivery', 'text', (column) => column.notNull())
    .addColumn('at_ms', whole, (column) => column.notNull())
    .addColumn('user_id', whole, (column) => column.notNull())
    .addColumn('username', 'text', (column) => column.notNull())
    .addColumn('user_key', 'text', (column) => column.notNull())
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('gateway', 'text', (column) => column.notNull())
    .addColumn('country', 'text')
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('reference', 'text')
    .addColumn('price', 'text')
    .addColumn('problem', 'text')
    .addColumn('report', 'text')
    .addColumn('report_problem', 'text')
    .addColumn('reported_at_ms', whole);
  await finished(deliveries).execute();
  await schema.createIndex('deliveries_at').on('deliveries').column('at_ms').execute();
  await schema.createIndex('deliveries_user').on('deliveries').columns(['user_key', 'at_ms']).execute();
  await schema.createIndex('deliveries_delivery').on('deliveries').column('delivery').execute();
}
