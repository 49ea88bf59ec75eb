import type { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { migrationSteps } from '../migrations/index.ts';
import type { MigrationStep, SchemaDialect } from '../migrations/index.ts';
import { StorageError } from '../storage-error.ts';

/**
 * Brings the schema up to this program's, in one transaction. Throws `schema-newer` when the database has steps this
 * program does not know. The query builder is loaded only when there is something to do: it costs a start 0.2 s.
 * `steps` is for tests, which make databases of older versions.
 */
export async function migrate(db: DatabaseSync, file: string, steps: Steps = migrationSteps): Promise<void> {
  if (pendingSteps(db, file, steps) === 0) return;
  const { Kysely: Builder, SqliteDialect } = await import('kysely');
  const { kyselyDatabase } = await import('./kysely-database.ts');
  const builder = new Builder<unknown>({ dialect: new SqliteDialect({ database: kyselyDatabase(db) }) });
  db.exec('BEGIN EXCLUSIVE');
  try {
    await runSteps(builder, steps, await sqliteSchema());
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

type Steps = Readonly<Record<string, MigrationStep>>;

function pendingSteps(db: DatabaseSync, file: string, steps: Steps): number {
  const known = Object.keys(steps);
  const done = doneSteps(db);
  const unknown = done.filter((name) => !known.includes(name));
  if (unknown.length === 0) return known.length - done.length;
  throw new StorageError(
    'schema-newer',
    `${file} was written by a newer version of Sallyport (it has ${unknown.join(', ')}). Start that version, or restore a backup of this one.`,
  );
}

function doneSteps(db: DatabaseSync): string[] {
  const table = db.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'kysely_migration'`).get();
  if (table === undefined) return [];
  return db
    .prepare('SELECT name FROM kysely_migration ORDER BY name')
    .all()
    .map((row) => String(row['name']));
}

async function runSteps(builder: Kysely<unknown>, steps: Steps, dialect: SchemaDialect): Promise<void> {
  const { Migrator } = await import('kysely/migration');
  const provider = { getMigrations: () => Promise.resolve(migrationsFor(steps, dialect)) };
  const { error } = await new Migrator({ db: builder, provider }).migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error ? error : new Error('A step of the schema failed.', { cause: error });
}

function migrationsFor(steps: Steps, dialect: SchemaDialect): Record<string, Migration> {
  const migrationOf = (step: MigrationStep): Migration => ({ up: (db) => step(db as Kysely<unknown>, dialect) });
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, migrationOf(step)]));
}

async function sqliteSchema(): Promise<SchemaDialect> {
  const { sql } = await import('kysely');
  return {
    whole: 'integer',
    octets: 'blob',
    // AUTOINCREMENT: a claim on a deleted token must never meet a new one that took its number.
    withId: (table) => table.addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement()),
    finished: (table) => table.modifyEnd(sql`strict`),
  };
}
