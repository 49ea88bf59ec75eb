import type { Kysely } from 'kysely';
import type { SchemaDialect } from './migration.ts';

/** Sessions that NAS have told of, and Accounting-Requests that wait for their home servers. Neither belongs to a user's record. */
export async function addAccounting(db: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  await createSessions(db, dialect);
  await createQueue(db, dialect);
}

// `naming` holds attributes as they stand in a packet.
async function createSessions({ schema }: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  const { whole, octets, withId, finished } = dialect;
  const sessions = withId(schema.createTable('nas_sessions'))
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('nas', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('username', 'text', (column) => column.notNull())
    .addColumn('station', 'text', (column) => column.notNull())
    .addColumn('framed_address', 'text', (column) => column.notNull())
    .addColumn('nas_address', 'text', (column) => column.notNull())
    .addColumn('since_ms', whole, (column) => column.notNull())
    .addColumn('seen_ms', whole, (column) => column.notNull())
    .addColumn('naming', octets, (column) => column.notNull())
    .addUniqueConstraint('nas_sessions_name', ['client', 'nas', 'session_id']);
  await finished(sessions).execute();
  await schema.createIndex('nas_sessions_seen').on('nas_sessions').columns(['client', 'seen_ms']).execute();
}

async function createQueue({ schema }: Kysely<unknown>, dialect: SchemaDialect): Promise<void> {
  const { whole, octets, withId, finished } = dialect;
  const queue = withId(schema.createTable('accounting_queue'))
    .addColumn('home', 'text', (column) => column.notNull())
    .addColumn('received_at_ms', whole, (column) => column.notNull())
    .addColumn('attributes', octets, (column) => column.notNull());
  await finished(queue).execute();
  await schema.createIndex('accounting_queue_home').on('accounting_queue').columns(['home', 'id']).execute();
}
