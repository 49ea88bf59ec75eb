import type { Kysely } from 'kysely';
import type { SchemaDialect } from './migration.ts';

type Tables = {
  events: { sequence: number; at_ms: number; body: string; hash: Uint8Array };
  event_batches: {
    first_sequence: number;
    events: number;
    from_ms: number;
    to_ms: number;
    hash: Uint8Array;
    body: string;
  };
};

/**
 * The authentication log with one row for the events of a transaction instead of one row an event. An event written before
 * is a batch of one: its hash stays what it was, and so do the chain and the seal on its end.
 */
export async function batchEvents(anyTables: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  const db = anyTables.$extendTables<Tables>();
  await createBatches(db, dialect);
  const written = db
    .selectFrom('events')
    .select(['sequence', (as) => as.lit(1).as('events'), 'at_ms as from_ms', 'at_ms as to_ms', 'hash', 'body']);
  await db
    .insertInto('event_batches')
    .columns(['first_sequence', 'events', 'from_ms', 'to_ms', 'hash', 'body'])
    .expression(written)
    .execute();
  await db.schema.dropTable('events').execute();
}

async function createBatches(
  { schema }: Pick<Kysely<Tables>, 'schema'>,
  { whole, octets, finished }: SchemaDialect,
): Promise<void> {
  const batches = schema
    .createTable('event_batches')
    .addColumn('first_sequence', whole, (column) => column.primaryKey().notNull())
    .addColumn('events', 'integer', (column) => column.notNull())
    .addColumn('from_ms', whole, (column) => column.notNull())
    .addColumn('to_ms', whole, (column) => column.notNull())
    .addColumn('hash', octets, (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull());
  await finished(batches).execute();
  await schema
    .createIndex('event_batches_time')
    .on('event_batches')
    .columns(['to_ms', 'first_sequence', 'from_ms'])
    .execute();
}
