import type { ColumnDataType, CreateTableBuilder, Kysely } from 'kysely';

/** What differs between databases where migrations are concerned. */
export interface SchemaDialect {
  /** Whole numbers up to 2^53 (wall times in milliseconds, sequences). */
  readonly whole: ColumnDataType;
  readonly octets: ColumnDataType;
  /** Adds an `id` column that numbers rows by itself and never gives a number twice. */
  readonly withId: <Table extends string>(table: CreateTableBuilder<Table>) => CreateTableBuilder<Table>;
  /** Adds what ends every `create table` (SQLite: `strict`). */
  readonly finished: <Table extends string>(table: CreateTableBuilder<Table>) => CreateTableBuilder<Table>;
}

/** One step of the schema, the same on every database. Runs in a transaction; there is no way back but a backup. */
export type MigrationStep = (db: Kysely<unknown>, dialect: SchemaDialect) => Promise<void>;
